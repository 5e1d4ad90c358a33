/** A small generator, so that a failure can be repeated from its seed. Source: mulberry32. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Command lines by a grammar of shells: most of them plain, the others with one or more things that are not. */
export function* commandLines(seed: number, count: number): Generator<string> {
  const make = new LineMaker(random(seed))
  for (let made = 0; made < count; made += 1) yield make.line()
}

const NAMES = [
  'ls',
  'git',
  'cat',
  './run.sh',
  '/usr/bin/env',
  'npm',
  'g++',
  'a.out',
  'x-y_z',
  'find',
  '7z',
  'é',
  'for',
  'time',
  'let',
  '[',
  'test',
]
const BARE = [
  ...[
    '-l',
    '--all',
    '-n1',
    '--key=value',
    'src/main.ts',
    '*.ts',
    'a?b',
    '~',
    '~/x',
    '42',
    '3.5',
    'HEAD~1',
    'HEAD^',
    'a:b',
    'user@host',
    '%x',
    '+x',
  ],
  ...[
    'a,b',
    'x=1',
    '#',
    'a#b',
    '日本',
    '.',
    '..',
    '/',
    '--',
    '-',
    '@',
    '[a-z]',
    'in',
    'do',
    'a]',
    '=x',
    '==',
    '^a',
    '1a',
    '00',
    '-9',
    '2',
    'é',
  ],
]
const QUOTED = [
  "'a b'",
  '"c d"',
  "''",
  '""',
  "'$x'",
  '"a\'b"',
  "'a\"b'",
  '"\\n"',
  "'\\'",
  '"#"',
  "'a\nb'",
  '"a\nb"',
  '"é"',
  '"a;b"',
  "'&&'",
  '"!"',
  '" "',
  '"\\\\"',
]
const STRANGE = [
  ...[
    '$x',
    '${x}',
    '${x:-y}',
    '$(ls)',
    '`ls`',
    '"$x"',
    '"$(ls)"',
    '"`ls`"',
    "$'a'",
    '$"a"',
    '$((1+1))',
    '<(ls)',
    '>(ls)',
    '{a,b}',
    '!x',
    '!!',
    '$?',
    '$1',
  ],
  ...[
    'a\\ b',
    '\\ls',
    '"a\\"b"',
    '"\\$x"',
    '"unclosed',
    "'unclosed",
    '@(a|b)',
    '?(a)',
    'a\\\nb',
    '\u00a0',
    '\u2028',
    '\r',
    '\u0001',
    '(a)',
    'a(b)',
    '*(x)',
  ],
]
const AROUND: readonly ((line: string) => string)[] = [
  (line) => `(${line})`,
  (line) => `{ ${line}; }`,
  (line) => `! ${line}`,
  (line) => `${line} &`,
  (line) => `${line} # said`,
  (line) => `if ${line}; then ${line}; fi`,
  (line) => `for x in 1; do ${line}; done`,
  (line) => `while ${line}; do :; done`,
  (line) => `f() { ${line}; }`,
  (line) => `case x in x) ${line};; esac`,
  (line) => `[[ -f x ]] && ${line}`,
  (line) => `A=1 ${line}`,
  (line) => `A=1; ${line}`,
  (line) => `export A=1; ${line}`,
  (line) => `${line} > out`,
  (line) => `${line} 2>&1`,
  (line) => `${line} < in`,
  (line) => `${line} <<< x`,
  (line) => `${line} <<E\nx\nE`,
  (line) => `${line}\n${line}`,
  (line) => `${line} |& cat`,
  (line) => `${line};; ${line}`,
  (line) => `${line} &&`,
  (line) => `&& ${line}`,
  (line) => `${line};`,
  (line) => `;${line}`,
  (line) => `time ${line}`,
  (line) => `coproc ${line}`,
  (line) => `declare x; ${line}`,
  (line) => `unset x; ${line}`,
  (line) => ` ${line}\n`,
  (line) => `\t${line}\t`,
]

class LineMaker {
  readonly #next: () => number

  constructor(next: () => number) {
    this.#next = next
  }

  line(): string {
    const strangeness = this.#next() < 0.6 ? 0 : 0.15
    const commands = Array.from({ length: 1 + this.#upTo(3) }, () => this.#command(strangeness))
    const joined = commands.reduce((line, command) => `${line}${this.#join()}${command}`)
    if (this.#next() < 0.75) return this.#next() < 0.03 ? this.#damaged(joined) : joined
    return this.#pick(AROUND)(joined)
  }

  #command(strangeness: number): string {
    const words = [this.#next() < strangeness / 3 ? this.#word(strangeness) : this.#pick(NAMES)]
    for (let more = this.#upTo(5); more > 0; more -= 1) words.push(this.#word(strangeness))
    return words.join(this.#next() < 0.9 ? ' ' : '\t  ')
  }

  /** Pieces that stand together are one word. */
  #word(strangeness: number): string {
    const pieces = Array.from({ length: this.#next() < 0.8 ? 1 : 2 + this.#upTo(2) }, () => {
      if (this.#next() < strangeness) return this.#pick(STRANGE)
      return this.#pick(this.#next() < 0.7 ? BARE : QUOTED)
    })
    return pieces.join('')
  }

  #join(): string {
    return this.#pick([' && ', ' || ', '; ', ' | ', '&&', '||', ';', '|', ' ;', '&& '])
  }

  /** With a character lost, doubled, or put somewhere else. */
  #damaged(line: string): string {
    const at = this.#upTo(line.length)
    return line.slice(0, at) + this.#pick(['', (line[at] ?? '').repeat(2), '\\', '$', '"', "'", '\n', '&', '<']) + line.slice(at + 1)
  }

  #pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.#next() * from.length)] as T // never empty
  }

  #upTo(limit: number): number {
    return Math.floor(this.#next() * limit)
  }
}
