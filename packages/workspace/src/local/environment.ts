/** Marks that belong to one command and are not handed on to the next, and claims of a sandbox that nobody makes here. */
const internalNames = [
  'OCTAVO_CALL_ID',
  'CODEX_TOOL_CALL_ID',
  'CODEX_THREAD_ID',
  'CODEX_SESSION_ID',
  'CODEX_PERMISSION_PROFILE',
  'CODEX_SANDBOX',
  'CODEX_SANDBOX_NETWORK_DISABLED',
]

/** Lead to credentials of the identity a provider knows; no setting hands them on. */
const neverInherited = ['OPENAI_IDENTITY_TOKEN_FILE', 'OPENAI_FEDERATION_RULE_ID']

/** Holds the marks of a process and of those it runs inside, separated by `/`. */
export const TREE_VARIABLE = 'OCTAVO_PROCESS_TREE'

/** Makes the variables of children. */
export class ChildEnvironment {
  /** What all children get. */
  readonly #inherited: ReadonlyMap<string, string>
  readonly #stripped: ReadonlySet<string>
  readonly #outerTree: string

  /** `strip` is compared without regard to case. */
  constructor(host: ReadonlyMap<string, string>, strip: readonly string[]) {
    this.#stripped = new Set([...strip, ...neverInherited].map(fold))
    const dropped = new Set([...this.#stripped, ...internalNames.map(fold)])
    this.#inherited = new Map([...host].filter(([name]) => !dropped.has(fold(name))))
    this.#outerTree = host.get(TREE_VARIABLE) ?? ''
  }

  /** With variables of a command's own; what is stripped cannot be brought back by them. */
  with(own: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
    return new Map([...this.#inherited, ...[...own].filter(([name]) => !this.#stripped.has(fold(name)))])
  }

  /** The same for a command whose descendants are to be known by `mark`. */
  marked(own: ReadonlyMap<string, string>, callId: string, mark: string): ReadonlyMap<string, string> {
    const tree = this.#outerTree === '' ? mark : `${this.#outerTree}/${mark}`
    return new Map([...this.with(own), ['OCTAVO_CALL_ID', callId], ['CODEX_TOOL_CALL_ID', callId], [TREE_VARIABLE, tree]])
  }
}

function fold(name: string): string {
  return name.toUpperCase()
}
