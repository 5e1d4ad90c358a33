/** What an agent is told of its part before it is told what to do; null: nothing. */
export const ROLES: Readonly<Record<string, string | null>> = {
  default: null,
  explorer: [
    'You are an explorer for another agent. Find out what it asks and answer with facts: files, lines, names, and what you are not sure of.',
    'Change nothing.',
  ].join(' '),
  worker: [
    'You are a worker for another agent, and others may be changing the same files beside you. Do the part you were given and no more,',
    'leave alone what you did not make, and end with a list of the files you changed.',
  ].join(' '),
}

export const ROLE_NAMES: readonly string[] = Object.keys(ROLES)
