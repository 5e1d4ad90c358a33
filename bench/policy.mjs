// What one verdict of the policy costs, in microseconds: commands of every kind, without rules and with 200 of them.
//   node policy.mjs [rounds]
// Prints one line of JSON: the figures of all rounds and commands, and those of the slowest command.
import { createPolicy, parseRules } from '../packages/policy/dist/index.js'

const rounds = Number(process.argv[2] ?? 31)
const calls = 300
const cwd = '/repo'
const settings = {
  approvalPolicy: 'on-request',
  permissions: {
    type: 'managed',
    fileSystem: {
      type: 'restricted',
      entries: [
        { path: { type: 'special', value: { kind: 'root' } }, access: 'read' },
        { path: { type: 'special', value: { kind: 'project_roots' } }, access: 'write' },
        { path: { type: 'special', value: { kind: 'tmpdir' } }, access: 'write' },
        { path: { type: 'special', value: { kind: 'slash_tmp' } }, access: 'write' },
      ],
    },
    network: 'restricted',
  },
  cwd,
  workspaceRoots: [cwd],
  tmpdir: '/tmp/work',
}
const commands = [
  'ls -la src',
  'rg -n "createPolicy" packages | head -20',
  "git status && git diff --stat && sed -n '1,200p' src/index.ts",
  'npm test -- --run 2>&1 | tail -40',
  'rm -rf build && npm run build',
  "cat > notes.md <<'END'\n# Notes\nsome text $HOME\nEND",
  'for file in src/*.ts; do wc -l "$file"; done | sort -n',
  `python3 - <<'END'\n${'print(1)\n'.repeat(40)}END`,
]
const questionOf = (script) => ({
  tool: { namespace: null, name: 'exec_command' },
  effects: [{ kind: 'exec', command: ['/bin/bash', '-lc', script], cwd, tty: false }],
  authority: { level: 'turn', justification: null, prefixRule: [], additional: null },
  settings,
  sandbox: { kind: 'bubblewrap', working: true, reason: null },
  granted: { network: null, read: [], write: [] },
  denial: null,
  approvedAlready: false,
})
const rules = Array.from({ length: 200 }, (_, index) => {
  const program = ['git', 'npm', 'rg', 'cargo', 'make', 'ls', 'python3', `tool${index}`][index % 8]
  return `prefix_rule(pattern=["${program}", "word${index}"], decision="${['allow', 'prompt', 'forbidden'][index % 3]}")`
})
const policies = { none: createPolicy(), many: createPolicy({ files: [parseRules(rules.join('\n'), 'bench.rules')] }) }

const median = (values) => values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)]
const results = {}
for (const [name, policy] of Object.entries(policies)) {
  const perCommand = commands.map((script) => {
    const question = questionOf(script)
    const times = []
    for (let round = -5; round < rounds; round += 1) {
      const started = performance.now()
      for (let call = 0; call < calls; call += 1) policy.decide(question)
      if (round >= 0) times.push(Number((((performance.now() - started) * 1000) / calls).toFixed(2)))
    }
    return { command: script.split('\n')[0], median: median(times), times }
  })
  results[name] = {
    all: perCommand.flatMap(({ times }) => times),
    slowest: perCommand.toSorted((left, right) => right.median - left.median)[0],
  }
}
console.log(JSON.stringify(results))
