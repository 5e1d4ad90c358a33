import type { SandboxMode } from 'octavo'
import type { Flag } from './flags.ts'

/** What `-s` takes. */
export const SANDBOX_MODES: readonly SandboxMode[] = ['read-only', 'workspace-write', 'danger-full-access']
export const COLOR_CHOICES = ['always', 'never', 'auto'] as const

/** Options of `octavo exec`; all may stand before or after `resume`, `fork` and `review`. */
export const EXEC_FLAGS: readonly Flag[] = [
  {
    name: 'config',
    short: 'c',
    value: 'key=value',
    help: 'Set a configuration key for this run; the value is TOML, else taken as text. Repeatable',
  },
  { name: 'enable', value: 'FEATURE', help: 'Same as -c features.FEATURE=true; this version has no such features, and says so' },
  { name: 'disable', value: 'FEATURE', help: 'Same as -c features.FEATURE=false' },
  { name: 'model', short: 'm', value: 'MODEL', help: 'The model to ask' },
  { name: 'profile', short: 'p', value: 'NAME', help: 'Put NAME.config.toml of the home over the configuration' },
  {
    name: 'sandbox',
    short: 's',
    value: 'MODE',
    choices: SANDBOX_MODES,
    help: 'What commands may touch: read-only, workspace-write, danger-full-access',
  },
  {
    name: 'dangerously-bypass-approvals-and-sandbox',
    aliases: ['yolo'],
    help: 'Ask nothing and confine nothing (--yolo); only where something else confines this machine',
  },
  { name: 'cd', short: 'C', value: 'DIR', help: 'Work in this directory' },
  { name: 'add-dir', value: 'DIR', help: 'Make one more directory writable. Repeatable' },
  { name: 'skip-git-repo-check', help: 'Run outside a git repository too' },
  { name: 'ephemeral', help: 'Keep nothing on disk; such a thread cannot be resumed' },
  { name: 'ignore-user-config', help: 'Leave config.toml of the home unread' },
  { name: 'output-schema', value: 'FILE', help: 'A JSON Schema the final message has to follow' },
  { name: 'json', aliases: ['experimental-json'], help: 'Print events as JSON lines on stdout' },
  { name: 'output-last-message', short: 'o', value: 'FILE', help: 'Write the final message to this file' },
  {
    name: 'image',
    short: 'i',
    value: 'FILE',
    greedy: true,
    help: 'Send images with the prompt: FILE,FILE or repeated. Takes every word up to the next option',
  },
  { name: 'color', value: 'WHEN', choices: COLOR_CHOICES, help: 'Colour the progress: always, never, auto' },
  { name: 'last', help: 'resume: the newest thread begun in this directory' },
  { name: 'all', help: 'resume --last: of any directory' },
  { name: 'uncommitted', help: 'review: everything that is not committed' },
  { name: 'base', value: 'BRANCH', help: 'review: what this branch changes against another' },
  { name: 'commit', value: 'SHA', help: 'review: what a commit changed' },
  { name: 'title', value: 'TITLE', help: 'review --commit: its title, for people' },
  { name: 'thread-source', value: 'NAME', hidden: true, help: 'Who began the thread' },
  { name: 'cyber-access-program', value: 'NAME', hidden: true, help: 'Accepted and left unused' },
  { name: 'help', short: 'h', help: 'Show this' },
]
