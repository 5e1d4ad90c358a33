import { EXEC_FLAGS } from '../arguments/exec-flags.ts'
import { POLICY_FLAGS } from '../arguments/policy.ts'
import { describeFlags } from '../arguments/usage.ts'

/** One line per command, for a mistake in its arguments. */
export const USAGE: Readonly<Record<string, string>> = {
  exec: 'usage: octavo exec [OPTIONS] [PROMPT] | octavo exec (resume (<ID> | --last) | fork <ID> | review) [OPTIONS] [PROMPT]',
  review: 'usage: octavo review (--uncommitted | --base <BRANCH> | --commit <SHA> | [OPTIONS] PROMPT)',
  demo: 'usage: octavo demo',
  'apply-patch': 'usage: octavo apply-patch [PATCH]',
  policy: 'usage: octavo policy check [OPTIONS] -- CMD...',
  octavo: 'usage: octavo <command> [OPTIONS]',
}

export const GENERAL_HELP: string = `Octavo, a coding agent for the terminal and for programs.

${USAGE['octavo']}

Commands:
  exec [PROMPT]                 Do one task in this directory and end (also: e)
  exec resume <ID> [PROMPT]     Go on with a thread; --last for the newest one begun here
  exec fork <ID> [PROMPT]       Go on from a thread in a new one; the old one stays as it is
  review --uncommitted          Have changes reviewed; --base BRANCH, --commit SHA, or a prompt (also: exec review)
  demo                          Watch a whole task offline, in a temporary repository, with a scripted model
  policy check -- CMD...        Tell what the policy here says of a command, and why; the command is not started
  apply-patch [PATCH]           Apply a patch to the current directory
  help [COMMAND]                Show this, or the options of a command

Options:
  -h, --help                    Show this, or after a command its options
  -V, --version                 Show the version

Examples:
  octavo demo
  octavo exec -s workspace-write "make the failing test pass"
  git diff | octavo exec "review this change"
  octavo exec -s workspace-write resume --last "now add a test for it"

Without configuration a model of OpenAI is asked with the key in OPENAI_API_KEY. Threads and config.toml live in the home:
OCTAVO_HOME, else $CODEX_HOME/octavo, else ~/.octavo. A directory config.toml does not trust is only read, unless -s says otherwise.
`

export const EXEC_HELP: string = `Does one task in the current directory and ends.

${USAGE['exec']}

The prompt is the argument, or stdin when there is none; piped text is added to an argument. "-" takes stdin outright.
Progress goes to stderr; stdout carries the final message, or with --json the events.

Options, before or after "resume", "fork" and "review":
${describeFlags(EXEC_FLAGS)}

Environment:
  OPENAI_API_KEY, CODEX_API_KEY   Key of the default provider; another provider names its own variable (env_key)
  OCTAVO_HOME                     Where threads and config.toml live
  OCTAVO_SANDBOX                  "none": do as if no sandbox worked here
  HTTPS_PROXY, NO_PROXY           Honoured on Node 22.21 or newer
  NO_COLOR                        No colours

Exit codes: 0 the turn completed; 1 it failed or could not begin; 2 wrong arguments; 141 stdout was closed.
A signal (Ctrl-C) interrupts the turn, records it, and ends the process by that signal.

Examples:
  octavo exec "why does the build fail?"
  octavo exec -s workspace-write -C ../site "update the year in the footer"
  octavo exec --json "list the routes" > events.jsonl
  octavo exec --output-schema schema.json -o answer.json "name the entry points"
  octavo exec -s workspace-write -m my-model -c model_provider=local \\
    -c 'model_providers.local={name="local", base_url="http://localhost:8000/v1", wire_api="chat"}' "fix the typo in README"
  octavo exec -s workspace-write resume --last "and run the tests"
  octavo exec fork 0199c0de-0000-7000-8000-000000000000 "try it another way"
`

const DEMO_HELP = `Shows a whole task offline: a scripted model, labelled as such, drives the real engine in a temporary git repository whose
test fails, until it passes. Ends with what changed, where the thread is kept, and how to go on with a real model.

${USAGE['demo']}

At a terminal you are asked once for an approval; otherwise a policy answers and says so.
`

const APPLY_PATCH_HELP = `Applies a patch to the current directory.

${USAGE['apply-patch']}

The patch is the argument, or stdin when there is none. Exit codes: 0 applied, 1 not applied, 2 wrong arguments.

Example:
  octavo apply-patch '*** Begin Patch
  *** Update File: greeting.txt
  @@
  -hello
  +good day
  *** End Patch'
`

const POLICY_HELP: string = `Tells what the policy of this directory says of a command: which rules were looked at, what each said, which one decided, and which
setting would let it run unasked. Nothing of the command is started.

${USAGE['policy']}

The command is an argv, as it would be run; a line for a shell is: -- bash -lc 'LINE'. Without -a the policy is the configured one,
else on-request; octavo exec asks nobody, as with -a never.

Options:
${describeFlags(POLICY_FLAGS)}

Rules are read from rules/*.rules in /etc/octavo, the home, and .octavo and .codex of a trusted project, and from where Codex keeps its
own. One that is approved with a command is added to rules/default.rules of the home; taking the line out takes it back.

Exit codes: 0 it runs unasked; 3 somebody is asked; 4 it is refused; 1 it could not be judged; 2 wrong arguments.

Examples:
  octavo policy check -- git push
  octavo policy check -s workspace-write -a never -- bash -lc 'npm test && rm -rf build'
  octavo policy check --escalate "needs the registry" -- npm install
  octavo policy check --json -- cargo publish | jq -r .decided_by
`

const HELP: Readonly<Record<string, string>> = {
  exec: EXEC_HELP,
  e: EXEC_HELP,
  review: EXEC_HELP,
  demo: DEMO_HELP,
  policy: POLICY_HELP,
  'apply-patch': APPLY_PATCH_HELP,
}

/** The help text of a command; the general one without a name, null for a name that is no command. */
export function helpFor(command: string | null): string | null {
  if (command === null) return GENERAL_HELP
  return Object.hasOwn(HELP, command) ? (HELP[command] ?? null) : null
}
