import { describe, expect, it } from 'vitest'
import { parseRules, unreadableRules } from './parse.ts'
import type { RuleFile } from './rule.ts'
import { RuleSet } from './rule-set.ts'

const read = (text: string): RuleFile => parseRules(text, 'a.rules')
const patterns = ({ prefixes }: RuleFile): unknown[] => prefixes.map(({ pattern, decision }) => [...pattern, decision])
const problems = (text: string): string[] => read(text).problems.map(({ message }) => message)
const decides = (file: RuleFile, ...words: string[]): string[] =>
  new RuleSet([file]).ofCommand(words).statements.map(({ decision }) => decision)

describe('a rule file', () => {
  it('gives one rule for each program of a first place, with the alternatives of the others', () => {
    const file = read(`
      # what builds need
      prefix_rule(
          pattern = [["npm", "pnpm"], ["test", "run"]],
          decision = "prompt",
          justification = "runs scripts",
      )
      prefix_rule(["git", ["status"]])
    `)
    expect(file.problems).toEqual([])
    expect(patterns(file)).toEqual([
      [['npm'], ['test', 'run'], 'prompt'],
      [['pnpm'], ['test', 'run'], 'prompt'],
      [['git'], ['status'], 'allow'],
    ])
    expect(file.prefixes.map(({ justification, place }) => [justification, place])).toEqual([
      ['runs scripts', 'a.rules:3:7'],
      ['runs scripts', 'a.rules:3:7'],
      [null, 'a.rules:8:7'],
    ])
  })

  it('may use names, sums, comprehensions, tuples and every kind of string', () => {
    const file = read(`
READ = ["status", 'log'] + ["""diff"""]
[prefix_rule(pattern=["git", word], decision=how) for word in READ for how in ("allow",)]
prefix_rule(pattern=[r"a\\b", "c\\td" + "\\x41"], match=[["a\\\\b", "c\\tdA"]]); prefix_rule(pattern=["z"], justification=None)
`)
    expect(file.problems).toEqual([])
    expect(patterns(file)).toEqual([
      [['git'], ['status'], 'allow'],
      [['git'], ['log'], 'allow'],
      [['git'], ['diff'], 'allow'],
      [['a\\b'], ['c\tdA'], 'allow'],
      [['z'], 'allow'],
    ])
  })

  it('checks its examples when all of it is read, with programs resolved', () => {
    const text = `prefix_rule(pattern=["git", "push"], match=["git push 'my branch'", "/usr/bin/git push"], not_match=["git pull", "/opt/git push"])
host_executable(name="git", paths=["/usr/bin/git"])`
    expect(problems(text)).toEqual([])
    expect(problems('prefix_rule(pattern=["git"], match=["hg log"])')).toEqual([
      'a.rules:1:36: the rule does not match its example "hg log"',
    ])
    expect(problems('\n  prefix_rule(pattern=["git"], not_match=["git log", "hg"])')).toEqual([
      'a.rules:2:42: the rule matches "git log", which it must not',
    ])
  })

  it('normalises the hosts of network rules, and knows the other names of protocols and decisions', () => {
    const file = read(`
network_rule(host=" API.Example.com.:443 ", protocol="https_connect", decision="deny")
network_rule("[::1]:80", "http", "allow")
network_rule(host="127.0.0.1:9", protocol="socks5_tcp", decision="prompt", justification="local")
`)
    expect(file.problems).toEqual([])
    expect(file.networks.map(({ host, protocol, decision }) => [host, protocol, decision])).toEqual([
      ['api.example.com', 'https', 'forbidden'],
      ['::1', 'http', 'allow'],
      ['127.0.0.1', 'socks5_tcp', 'prompt'],
    ])
  })

  it.each([
    ['prefix_rule(pattern=["git"]', 'a.rules:1:28: expected , but found the end of the line'],
    ['\nprefix_rule(pattern=["git)', 'a.rules:2:22: this string is not closed'],
    ['prefix_rule(pattern=[])', 'a.rules:1:21: pattern of prefix_rule takes a list of words, at least one'],
    [
      'prefix_rule(pattern=["a", []])',
      'a.rules:1:21: pattern of prefix_rule takes words, or lists of words of which one has to stand there',
    ],
    ['prefix_rule(pattern=["a"], decision="deny")', 'a.rules:1:37: decision of prefix_rule takes one of allow, prompt, forbidden'],
    ['prefix_rule(pattern=["a"], justification=" ")', 'a.rules:1:42: justification of prefix_rule takes a string that says something'],
    [`prefix_rule(pattern=["a"], match=["a 'b"])`, 'a.rules:1:34: match of prefix_rule takes commands'],
    ['prefix_rule(pattern=["a"], wat="b")', 'a.rules:1:28: prefix_rule takes no wat'],
    ['prefix_rule(["a"], pattern=["b"])', 'a.rules:1:20: pattern is given twice'],
    ['nonsense(1)', 'a.rules:1:10: a number has no meaning in a rule file'],
    ['nonsense("a")', 'a.rules:1:1: nonsense is no function of rule files'],
    ['load("x.rules", "y")', 'a.rules:1:1: load is not read in a rule file'],
    ['def f():\n  prefix_rule(["a"])', 'a.rules:1:1: def is not read in a rule file'],
    ['prefix_rule(pattern=[X])', 'a.rules:1:22: X is not known here'],
    ['X = "a"\nX = "b"', 'a.rules:2:5: X has a value already'],
    ['prefix_rule(pattern=[f"{x}"])', 'a.rules:1:22: a string with the prefix f is not read'],
    ['prefix_rule(pattern=["\\q"])', 'a.rules:1:23: the escape \\q is not known'],
    ['prefix_rule(pattern=["a" * 9])', 'a.rules:1:26: * has no meaning in a rule file'],
    ['host_executable(name="/bin/git", paths=[])', 'a.rules:1:22: name of host_executable takes the name of a program'],
    ['host_executable(name="git", paths=["bin/git"])', 'a.rules:1:35: paths of host_executable takes a list of absolute paths'],
    ['host_executable(name="git", paths=["/bin/sh"])', 'a.rules:1:35: paths of host_executable takes paths that end in git'],
    ['network_rule("https://x", "https", "allow")', 'a.rules:1:14: host of network_rule takes the name or the address of one host'],
    ['network_rule("*.x", "https", "allow")', 'a.rules:1:14: host of network_rule'],
    ['network_rule("x", "ftp", "allow")', 'a.rules:1:19: protocol of network_rule takes one of http, https'],
  ])('tells a mistake with its line and column: %j', (text, message) => {
    expect(problems(text)[0]).toContain(message)
  })

  it('is never worked out without bounds (attack 35)', () => {
    const started = performance.now()
    const doubling = Array.from({ length: 60 }, (_, index) => `A${index + 1} = A${index} + A${index}`).join('\n')
    const loops = Array.from({ length: 9 }, (_, index) => `for x${index} in L`).join(' ')
    expect(problems('[x for x in range(10**9)]')[0]).toContain('a.rules:1:19: a number has no meaning')
    expect(problems(`A0 = "xxxxxxxxxx"\n${doubling}`)[0]).toContain('makes too much of itself')
    expect(problems(`L = [${'"a",'.repeat(100)}]\n[prefix_rule([x0]) ${loops}]`)[0]).toContain('makes too much of itself')
    expect(problems('['.repeat(100_000))[0]).toContain('nests deeper than 50 levels')
    expect(problems('prefix_rule("""\n'.repeat(60_000)).length).toBe(20)
    expect(problems('x'.repeat(1_048_577))[0]).toContain('is longer than')
    expect(performance.now() - started).toBeLessThan(2000)
  })
})

describe('a broken file', () => {
  const broken = read(`
prefix_rule(pattern=["git"], decision="allow")
prefix_rule(pattern=["npm"], decision="prompt")
prefix_rule(pattern=["curl"] decision="forbidden")
prefix_rule(pattern=["rm"], decision="forbidden")
`)

  it('allows nothing, keeps what it forbids where that could be read, and holds back what the mistake may have spoken of (attack 34)', () => {
    expect(broken.problems.map(({ message }) => message)).toEqual(['a.rules:4:30: expected , but found decision'])
    expect([decides(broken, 'git', 'log'), decides(broken, 'npm', 'i'), decides(broken, 'rm', 'x')]).toEqual([
      [],
      ['prompt'],
      ['forbidden'],
    ])
    expect([decides(broken, 'curl', 'x'), decides(broken, '/usr/bin/curl'), decides(broken, 'ls')]).toEqual([
      ['forbidden'],
      ['forbidden'],
      [],
    ])
  })

  it('leaves the rules of other files as they are (attack 34)', () => {
    const other = parseRules('prefix_rule(["ls"])\nprefix_rule(["wget"], "forbidden")\nprefix_rule(["curl"], "allow")', 'b.rules')
    const rules = new RuleSet([broken, other])
    const said = (program: string): string[] => rules.ofCommand([program]).statements.map(({ decision, place }) => `${decision} ${place}`)
    expect([said('ls'), said('wget')]).toEqual([['allow b.rules:1:1'], ['forbidden b.rules:2:1']])
    expect(said('curl')).toEqual(['allow b.rules:3:1', 'forbidden a.rules:4:30'])
  })

  it.each([
    ['a rule whose string is not closed', 'prefix_rule(["curl], decision="prompt")', 'prompt'],
    ['a rule with a list by a name that is broken itself', 'X = ["curl" "wget"]\nprefix_rule(X, "forbidden")', 'forbidden'],
    ['a rule whose examples do not hold', 'prefix_rule(["curl"], "forbidden", match=["wget"])', 'forbidden'],
    ['a list of paths that is lost', 'host_executable("curl", [1])', 'prompt'],
    ['a name put together', 'prefix_rule(["cu" + "rl", 1])', 'prompt'],
    ['a name written with escapes', 'prefix_rule(["\\x63url", 1])', 'prompt'],
  ])('holds back curl for %s', (_, text, decision) => {
    const decisions = decides(read(text), 'curl', 'x')
    expect(decisions).toContain(decision)
    expect(decisions).not.toContain('allow')
  })

  it('holds back everything when nothing of it can be read', () => {
    expect(decides(unreadableRules('a.rules', 'is not UTF-8 text'), 'ls')).toEqual(['prompt'])
  })

  it('holds back nothing it cannot have spoken of', () => {
    expect(decides(read('[x for x in range(10**9)]'), 'ls')).toEqual([])
    expect(decides(read('prefix_rule(["curl" 1])'), 'cur')).toEqual([])
  })

  it('never lets through what the whole file would have held back, wherever it is cut or a character is lost', () => {
    const whole = `X = ["curl", 'wget']
prefix_rule(pattern=[X, ["-o", "-O"]], decision="forbidden", justification="no downloads")
host_executable(name="git", paths=["/usr/bin/git"])
prefix_rule(pattern=["git", "push"], decision="prompt", match=["git push -f"], not_match=["git pull"])
`
    const severity = { allow: 0, prompt: 1, forbidden: 2 }
    const worst = (file: RuleFile, words: readonly string[]): number =>
      Math.max(-1, ...new RuleSet([file]).ofCommand(words).statements.map(({ decision }) => severity[decision]))
    const commands = [
      ['curl', '-o', 'x'],
      ['wget', '-O'],
      ['git', 'push'],
      ['/usr/bin/git', 'push'],
    ]
    const wrong: string[] = []
    for (let at = 0; at < whole.length; at += 1) {
      const damaged = read(whole.slice(0, at) + whole.slice(at + 1))
      if (damaged.problems.length === 0) continue // another file, and a whole one
      for (const words of commands) if (worst(damaged, words) < worst(read(whole), words)) wrong.push(`${at} ${words.join(' ')}`)
    }
    // Where the damage is in the very word, nobody can know what it was.
    const letters = new Set(
      [...whole.matchAll(/curl|wget|-o|-O|git|push|forbidden|prompt/g)].flatMap(({ index, 0: word }) =>
        Array.from(word, (_, offset) => index + offset),
      ),
    )
    expect(wrong.filter((each) => !letters.has(Number(each.split(' ')[0])))).toEqual([])
  })
})
