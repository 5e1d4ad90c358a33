import type { PolicyVerdict } from '@octavo/extension-api'
import type { ApprovalPolicy } from '@octavo/protocol'
import { expect, test } from 'vitest'
import { createPolicy } from '../src/policy.ts'
import { parseRules } from '../src/rules/parse.ts'
import { about, DENYING, DISABLED, ESCALATED, granular, READ_ONLY, type Situation, WORKSPACE } from './situation.ts'

/** What the model runs, and the program a rule speaks of in each case. */
const COMMANDS: readonly (readonly [script: string, ruled: string, authority?: Situation['authority']])[] = [
  ['ls -la', 'ls'],
  ['cargo build', 'cargo'],
  ['rm -rf build', 'rm'],
  ['sudo rm -rf build', 'sudo'],
  ['git status && cargo build', 'cargo'],
  ['git status && cargo build', 'git'],
  ['cargo test; rm -rf build', 'cargo'],
  ['cargo test; rm -rf build', 'rm'],
  ['cargo build > log.txt', 'cargo'],
  ['cargo build > log.txt; rm -f log.txt', 'cargo'],
  ['echo $(rm -f x)', 'echo'],
  ["python3 <<'END'\nprint(1)\nEND", 'python3'],
  ['/usr/bin/cargo build', 'cargo'],
  ['./cargo build', 'cargo'],
  ['FLAGS=1 cargo build', 'cargo'],
  ['find . -delete', 'find'],
  ['cargo publish', 'cargo', ESCALATED],
  ['ls', 'ls', ESCALATED],
  ['rm -rf build', 'rm', ESCALATED],
  ['cargo build | tee log', 'cargo', ESCALATED],
]

const RULES = {
  'no rule': () => '',
  allow: (program: string) => `prefix_rule(pattern=["${program}"], decision="allow")`,
  prompt: (program: string) => `prefix_rule(pattern=["${program}"], decision="prompt")`,
  forbidden: (program: string) => `prefix_rule(pattern=["${program}"], decision="forbidden")`,
  broken: (program: string) => `prefix_rule(pattern=["${program}"] decision="prompt")`,
}

const POLICIES: Readonly<Record<string, ApprovalPolicy>> = {
  untrusted: 'untrusted',
  'on-request': 'on-request',
  never: 'never',
  'granular both': granular(true, true),
  'granular sandbox': granular(true, false),
  'granular rules': granular(false, true),
}

const SANDBOXES: Readonly<Record<string, Situation>> = {
  'read-only': { profile: READ_ONLY },
  workspace: { profile: WORKSPACE },
  'denied reads': { profile: DENYING },
  'full access': { profile: DISABLED },
  'none works': { profile: WORKSPACE, sandboxWorks: false },
}

/** `run` stays in the sandbox of the turn, `RUN` leaves it; so for `ask` and what an approval gives. `bare`: no sandbox was wanted. */
function show(verdict: PolicyVerdict, isFree: boolean): string {
  if (verdict.kind === 'forbid') return 'no'
  const word = verdict.kind === 'allow' ? 'run' : 'ask'
  if (isFree) return `${word} bare`
  return verdict.grant.escalated || verdict.grant.enforcement === 'none' ? word.toUpperCase() : word
}

test('every command under every rule, policy and sandbox is decided as written down (F65, F68, F71)', async () => {
  const lines: string[] = []
  let rows = 0
  for (const [script, ruled, authority] of COMMANDS) {
    const title = `${JSON.stringify(script)}${authority === undefined ? '' : ', asking to leave the sandbox'}; rules speak of ${ruled}`
    lines.push('', title, row(['rule', 'policy', ...Object.keys(SANDBOXES)]))
    for (const [rule, text] of Object.entries(RULES)) {
      const policy = createPolicy({ files: [parseRules(text(ruled), 'a.rules')] })
      for (const [name, approval] of Object.entries(POLICIES)) {
        const cells = Object.values(SANDBOXES).map((sandbox) => {
          const question = about(script, { ...sandbox, policy: approval, ...(authority === undefined ? {} : { authority }) })
          const verdict = policy.decide(question)
          expect(verdict.trace.filter(({ decided }) => decided).length, `${title} ${rule} ${name}`).toBe(1)
          return show(verdict, sandbox.profile === DISABLED)
        })
        lines.push(row([rule, name, ...cells]))
        rows += 1
      }
    }
  }
  expect(rows).toBeGreaterThanOrEqual(400)
  await expect(`${HEAD}${lines.join('\n')}\n`).toMatchFileSnapshot('decisions.golden.txt')
})

function row(cells: readonly string[]): string {
  return cells.map((cell, index) => (index === cells.length - 1 ? cell : cell.padEnd([11, 18][index] ?? 14))).join('')
}

const HEAD = `What is decided of a command, by rule, approval policy and sandbox.

run   it runs in the sandbox of the turn         ask   somebody is asked; approved, it runs in that sandbox
RUN   it runs outside of it, or wider            ASK   approved, it runs outside of it, or wider
no    refused, and the model is told why         bare  no sandbox was wanted

With denied reads "outside" still means a sandbox that keeps what may not be read, and a rule alone does not lead there. "granular both" allows both classes of prompts,
"granular sandbox" and "granular rules" one each. "broken": a mistake in the file that names the program.

Written by decisions.test.ts; after a change that is meant, update it with: vitest run packages/policy/test -u
`
