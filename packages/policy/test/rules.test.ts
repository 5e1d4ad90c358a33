import type { PolicyQuestion, PolicyVerdict } from '@octavo/extension-api'
import type { ApprovalPolicy } from '@octavo/protocol'
import { describe, expect, it } from 'vitest'
import { createPolicy, type Policy, type RuleBook } from '../src/policy.ts'
import { parseRules } from '../src/rules/parse.ts'
import { about, DENYING, ESCALATED, granular, READ_ONLY, type Situation } from './situation.ts'

/** A file in memory that keeps what is added to it. */
function memoryBook(text = ''): RuleBook & { text: string } {
  return {
    file: 'default.rules',
    text,
    async append(addition) {
      this.text += addition(this.text) ?? ''
      return this.text
    },
    async rewrite(change) {
      this.text = change(this.text)
      return this.text
    },
  }
}

function withRules(text: string, book?: RuleBook): Policy {
  return createPolicy({ files: [parseRules(text, 'a.rules')], ...(book === undefined ? {} : { book }) })
}

function judge(rules: string, command: string | readonly string[], situation: Situation = {}): PolicyVerdict {
  return withRules(rules).decide(about(command, situation))
}

/** `free` leaves the sandbox. */
function outcome(verdict: PolicyVerdict): string {
  if (verdict.kind === 'forbid') return `no: ${verdict.message}`
  if (verdict.kind === 'ask') return `ask: ${verdict.reason}`
  return verdict.grant.enforcement === 'none' ? 'free' : 'sandboxed'
}

/** The rules offered with a question about leaving the sandbox, or what else came of it. */
function offered(command: string | readonly string[], prefixRule: readonly string[], situation: Situation = {}): unknown {
  const authority = { ...ESCALATED, prefixRule }
  const verdict = withRules('prefix_rule(["make"])', memoryBook()).decide(about(command, { authority, ...situation }))
  return verdict.kind === 'ask' ? verdict.amendments.map(({ prefix }) => prefix) : verdict.kind
}

const GIT = 'prefix_rule(pattern=["git"], decision="allow")'
const CURL = 'prefix_rule(pattern=["curl"], decision="forbidden")'

describe('rules', () => {
  it.each<[string, string, string | readonly string[], string]>([
    ['some command is not allowed (attack 26)', GIT, 'git status && curl x', 'sandboxed'],
    ['there is a redirection (attack 27)', GIT, 'git status > /etc/x', 'sandboxed'],
    ['there is a substitution (attack 27)', GIT, 'git $(x)', 'sandboxed'],
    ['the shell is nobody knows which', GIT, ['./bash', '-lc', 'git status'], 'sandboxed'],
    ['the program is a file that anybody may have put there', GIT, '/repo/git status', 'sandboxed'],
    ['a here-document has something to be replaced in it', GIT, 'git apply <<END\n$(x)\nEND', 'sandboxed'],
  ])('let nothing out of the sandbox when %s', (_, rules, command, expected) => {
    expect(outcome(judge(rules, command))).toBe(expected)
  })

  it('let a line out when they allow all of it, even a dangerous one, even where nobody is asked', () => {
    const rules = 'prefix_rule([["git", "rm"]])'
    const policies: ApprovalPolicy[] = ['untrusted', 'on-request', 'never', granular(false, false)]
    for (const policy of policies) expect(outcome(judge(rules, 'git pull && rm -rf build', { policy, profile: READ_ONLY }))).toBe('free')
    expect(outcome(judge(GIT, "git apply <<'END'\n$(x)\nEND"))).toBe('free')
    expect(outcome(judge(GIT, '/usr/bin/git status'))).toBe('free')
    expect(outcome(judge(`${GIT}\nhost_executable("git", ["/opt/git"])`, '/opt/git status'))).toBe('free')
    expect(outcome(judge(`${GIT}\nhost_executable("git", ["/opt/git"])`, '/usr/bin/git status'))).toBe('sandboxed')
  })

  it('keep a sandbox where the profile denies reading', () => {
    expect(judge(GIT, 'git status', { profile: DENYING })).toMatchObject({
      kind: 'allow',
      grant: { enforcement: 'platform', escalated: false },
    })
  })

  it('do not excuse the rest of a line (attack 28)', () => {
    const rules = 'prefix_rule(["npm", "test"])'
    expect(outcome(judge(rules, 'npm test; rm -rf ~'))).toMatch(/^ask/)
    expect(outcome(judge(rules, 'npm test; rm -rf ~', { policy: 'never' }))).toMatch(/^no: .*rm -f style commands/)
  })

  it.each<[string | readonly string[], string]>([
    ['curl x', 'no'],
    ['/usr/bin/curl x', 'no'],
    ['ls; curl x > f', 'no'],
    ['echo "$(curl x)"', 'no'],
    ["cu''rl x", 'no'],
    ['if true; then curl x; fi', 'no'],
    [['curl', 'x'], 'no'],
    ['./curl x', 'sandboxed'],
    ['env curl x', 'sandboxed'],
    ['busybox curl x', 'sandboxed'],
    ['$CURL x', 'sandboxed'],
  ])('that forbid are advice, and the sandbox is the boundary: %j (attack 29)', (command, expected) => {
    expect(outcome(judge(CURL, command)).split(':')[0]).toBe(expected)
  })

  it('decide by the strictest, wherever it stands and however short it is', () => {
    const narrow = 'prefix_rule(["git", "status"])\nprefix_rule(["git"], "prompt")'
    expect(outcome(judge(narrow, 'git status'))).toBe("ask: `/bin/bash -lc 'git status'` requires approval by policy")
    const reversed = 'prefix_rule(["git"], "prompt")\nprefix_rule(["git", "status"])'
    expect(outcome(judge(reversed, 'git status'))).toMatch(/^ask/)
    expect(outcome(judge(`${narrow}\nprefix_rule(["ls"], "forbidden")`, 'git status; ls'))).toMatch(/^no/)
  })

  it('are told with their words or their justification', () => {
    expect(outcome(judge(CURL, 'curl x'))).toBe("no: `/bin/bash -lc 'curl x'` rejected: policy forbids commands starting with `curl`")
    const said = 'prefix_rule(["curl"], "forbidden", justification="use the mirror")'
    expect(outcome(judge(said, ['curl', 'x']))).toBe('no: `curl x` rejected: use the mirror')
    const asked = 'prefix_rule(["git", "push"], "prompt", justification="the world sees it")'
    expect(outcome(judge(asked, ['git', 'push']))).toBe('ask: `git push` requires approval: the world sees it')
    expect(outcome(judge(asked, ['git', 'push'], { policy: 'never' }))).toBe(
      'no: approval required by policy, but AskForApproval is set to Never',
    )
    expect(outcome(judge(asked, ['git', 'push'], { policy: granular(true, false) }))).toBe(
      'no: approval required by policy rule, but AskForApproval::Granular.rules is false',
    )
  })

  it('that ask do not widen anything by themselves (F68)', () => {
    const rules = 'prefix_rule(["cargo"], "prompt")'
    expect(judge(rules, 'cargo build')).toMatchObject({ kind: 'ask', grant: { enforcement: 'platform', escalated: false } })
    expect(judge(rules, 'cargo build', { authority: ESCALATED })).toMatchObject({
      kind: 'ask',
      reason: 'needs the registry',
      grant: { enforcement: 'none' },
    })
  })

  it('do not lift that nobody may ask to leave the sandbox under never (attack 37)', () => {
    expect(outcome(judge(GIT, 'git push', { policy: 'never', authority: ESCALATED }))).toMatch(
      /^no: approval policy is Never; reject command/,
    )
  })

  it('speak of hosts: the strictest of several files, the last word of one (F65)', () => {
    const first = parseRules('network_rule("a.example", "https", "deny")\nnetwork_rule("a.example", "https", "allow")', 'a.rules')
    const second = parseRules(
      'network_rule("b.example", "https", "forbidden", justification="ours")\nnetwork_rule("a.example", "http", "allow")',
      'b.rules',
    )
    const policy = createPolicy({ files: [first, second] })
    const reach = (...hosts: string[]): string => {
      const question: PolicyQuestion = { ...about('ls'), effects: [{ kind: 'network', hosts }] }
      const verdict = policy.decide(question)
      return verdict.kind === 'forbid' ? verdict.message : `${verdict.kind} ${verdict.grant.network}`
    }
    expect(reach('A.example.')).toBe('allow enabled')
    expect(reach('a.example', 'c.example')).toBe('ask enabled')
    expect(reach('a.example', 'b.example')).toBe('network access to b.example rejected: ours')
    expect(policy.networkRules().map(({ host, decision }) => `${host} ${decision}`)).toEqual([
      'a.example allow',
      'b.example forbidden',
      'a.example allow',
    ])
  })
})

describe('a trace', () => {
  it('names every rule that was looked at, what it said, and the one that decided', () => {
    const rules = `${GIT}\nprefix_rule(["git", "push"], "prompt", justification="outside")\nprefix_rule(["git", "log"])`
    expect(judge(rules, 'git push')).toMatchObject({
      trace: [
        { rule: 'profile', decided: false },
        { rule: 'a.rules:1:1', said: 'allow: ["git"]', decided: false },
        { rule: 'a.rules:2:1', said: 'prompt: ["git","push"], outside', decided: false },
        { rule: 'a.rules:3:1', said: 'no match: ["git","log"]', decided: false },
        { rule: 'command.wider', said: 'no', decided: false },
        { rule: 'command.dangerous', said: 'no', decided: false },
        { rule: 'command.unconfined', said: 'no', decided: false },
        { rule: 'command.safe', said: 'no', decided: false },
        { rule: 'a.rules:2:1', said: 'on-request: ask', decided: true, setting: 'decision="allow" at a.rules:2:1' },
      ],
    })
  })

  it.each<[string, Situation, string]>([
    ['rm -rf build', {}, 'prefix_rule(pattern=["rm", "-rf", "build"], decision="allow") in a .rules file'],
    ['cargo build', { policy: 'untrusted' }, 'approval_policy = "on-request"'],
    ['cargo build', { authority: ESCALATED }, 'sandbox_mode = "danger-full-access" (-s danger-full-access)'],
    [
      'cargo build',
      { sandboxWorks: false },
      'a working sandbox (octavo sandbox --probe), or sandbox_mode = "danger-full-access" (-s danger-full-access)',
    ],
  ])('says which setting would have let %s run', (command, situation, setting) => {
    expect(judge('', command, situation).trace.find(({ decided }) => decided)?.setting).toBe(setting)
  })
})

describe('an offered rule', () => {
  it.each([
    [['bash', '-lc']],
    [['python3']],
    [['git']],
    [['sudo']],
    [['/bin/sh', '-c']],
    [['node', '-e']],
    [['npm', 'run']],
    [['env']],
    [['rm']],
  ])('is not %j, which would allow anything (attack 30)', (prefix) => {
    expect(offered([...prefix, 'x'], prefix)).toEqual([])
  })

  it('covers every command of the line, or is not offered (attack 31)', () => {
    expect(offered('git pull && curl x', ['git', 'pull'])).toEqual([])
    expect(offered('git pull && git pull --tags', ['git', 'pull'])).toEqual([['git', 'pull']])
    expect(offered('git pull > log', ['git', 'pull'])).toEqual([])
  })

  it('is the first command that the question is about, when the model suggests none', () => {
    expect(offered('cargo publish --dry-run', [])).toEqual([['cargo', 'publish', '--dry-run']])
    const untrusted: Situation = { policy: 'untrusted', authority: { ...ESCALATED, level: 'turn' } }
    expect(offered('ls; cargo build; cargo test', [], untrusted)).toEqual([['cargo', 'build']])
    expect(offered('ls; rm -rf build', [], { authority: { ...ESCALATED, level: 'turn' } })).toEqual([['rm', '-rf', 'build']])
  })

  it.each([['git'], ['make all && x'], ['echo $HOME'], ['x *.txt'], ["x '\u202e'"], ["cat <<'E'\nE"]])(
    'is none for %j: too wide, ruled already, opaque, or not what it looks like',
    (command) => {
      expect(offered(command, [])).toEqual([])
    },
  )

  it('is none where no rule can be kept', () => {
    expect(withRules('').decide(about('x', { authority: ESCALATED }))).toMatchObject({ kind: 'ask', amendments: [] })
  })

  it('is kept in the file of the user, holds at once, and is not kept twice', async () => {
    const book = memoryBook('# mine\nprefix_rule(["ls"])')
    const policy = createPolicy({ files: [parseRules(book.text, book.file)], book })
    const prefix = ['cargo', 'publish']
    await policy.amend({ kind: 'commandPrefix', prefix })
    await policy.amend({ kind: 'commandPrefix', prefix })
    expect(book.text).toBe('# mine\nprefix_rule(["ls"])\nprefix_rule(pattern=["cargo", "publish"], decision="allow")\n')
    expect(outcome(policy.decide(about('cargo publish --dry-run', { authority: ESCALATED })))).toBe('free')
  })

  it('can be taken back, and then the next command of its kind is asked about', async () => {
    const book = memoryBook('# mine\nprefix_rule(["ls"])\n')
    const policy = createPolicy({ files: [parseRules(book.text, book.file)], book })
    const amendment = { kind: 'commandPrefix', prefix: ['cargo', 'publish'] } as const
    await policy.amend(amendment)
    expect(policy.rules().map(({ pattern, place }) => [pattern.flat(), place])).toEqual([
      [['ls'], 'default.rules:2:1'],
      [['cargo', 'publish'], 'default.rules:3:1'],
    ])
    expect([await policy.revoke(amendment), await policy.revoke(amendment), book.text]).toEqual([
      true,
      false,
      '# mine\nprefix_rule(["ls"])\n',
    ])
    expect(outcome(policy.decide(about('cargo publish', { authority: ESCALATED })))).toMatch(/^ask/)
  })

  it('is one literal, whatever its words are (attack 32)', async () => {
    const book = memoryBook()
    const words = ['a"b', 'c\\d', 'e\nf', ']) prefix_rule(pattern=["sh"', "'", 'ü𝒳', '$(x)', '#', '']
    const policy = createPolicy({ book })
    await expect(policy.amend({ kind: 'commandPrefix', prefix: words })).rejects.toMatchObject({ code: 'rule_unwritable' })
    await policy.amend({ kind: 'commandPrefix', prefix: words.slice(0, -1) })
    expect(parseRules(book.text, 'default.rules')).toMatchObject({
      problems: [],
      prefixes: [{ pattern: words.slice(0, -1).map((word) => [word]) }],
    })
    for (const hidden of ['\u0000', '\u001b[31m', '\u202e', '\ud800', '\u007f'])
      await expect(policy.amend({ kind: 'commandPrefix', prefix: ['x', hidden] })).rejects.toMatchObject({ code: 'rule_unwritable' })
    for (const wide of [[], ['git'], ['bash', '-lc']])
      await expect(policy.amend({ kind: 'commandPrefix', prefix: wide })).rejects.toMatchObject({ code: 'rule_too_wide' })
  })

  it('is refused, with the place of the mistake, where the file is broken', async () => {
    const book = memoryBook('prefix_rule(["ls")')
    const policy = createPolicy({ files: [parseRules(book.text, book.file)], book })
    await expect(policy.amend({ kind: 'commandPrefix', prefix: ['x'] })).rejects.toThrow(/^default.rules:1:18: .*; mend it first/)
    expect(book.text).toBe('prefix_rule(["ls")')
  })
})
