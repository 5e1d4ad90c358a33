export interface ImportLine {
  readonly specifier: string
  readonly line: number
  /** `dynamic` is `import('x')`, in an expression or in a type. */
  readonly kind: 'static' | 'dynamic'
  readonly typeOnly: boolean
  /** What stands between `import` and `from`; empty for `import 'x'` and dynamic ones. */
  readonly clause: string
}

const clause = String.raw`\*(?:\s*as\s+[\w$]+)?|[\w$]+(?:\s*,\s*(?:\{[^{}]*\}|\*\s*as\s+[\w$]+))?|\{[^{}]*\}`
const fromPattern = new RegExp(
  String.raw`\b(?:import|export)\s*(?<type>\btype\b(?!\s*(?:from\b|,)))?\s*(?<clause>${clause})\s*\bfrom\s*(?=['"])`,
  'g',
)
const barePattern = /\bimport\s*(?=['"])/g
const callPattern = /(?<call>\bimport|\brequire|\bgetBuiltinModule)\s*\(\s*(?=['"`])/g

/** Every module a source names, in the order of the three forms: `from`, bare import, call. */
export function importsOf(source: string): ImportLine[] {
  const code = maskText(source)
  const found: ImportLine[] = []
  const add = (at: number, start: number, rest: Omit<ImportLine, 'specifier' | 'line'>): void => {
    const end = code.indexOf(source[start] as string, start + 1)
    found.push({ specifier: source.slice(start + 1, end), line: lineAt(source, at), ...rest })
  }
  for (const match of code.matchAll(fromPattern)) {
    const text = (match.groups?.['clause'] ?? '').trim()
    const typeOnly = match.groups?.['type'] !== undefined || everyNameIsType(text)
    add(match.index, match.index + match[0].length, { kind: 'static', typeOnly, clause: text })
  }
  for (const match of code.matchAll(barePattern)) {
    add(match.index, match.index + match[0].length, { kind: 'static', typeOnly: false, clause: '' })
  }
  for (const match of code.matchAll(callPattern)) {
    const kind = match.groups?.['call'] === 'require' ? 'static' : 'dynamic'
    add(match.index, match.index + match[0].length, { kind, typeOnly: false, clause: '' })
  }
  return found
}

/**
 * The source with comments, string contents, template text and regular expressions replaced by spaces.
 *
 * Same length and same line breaks, quotes kept, code inside `${}` kept: an offset means the same place in both.
 */
export function maskText(source: string): string {
  const out = [...source].length === source.length ? [...source] : source.split('')
  const blank = (from: number, to: number): void => {
    for (let i = from; i < to && i < out.length; i += 1) if (out[i] !== '\n') out[i] = ' '
  }
  const braces: ('block' | 'template')[] = []
  let at = 0
  let before = ''
  const templateText = (start: number): number => {
    let i = start
    while (i < source.length) {
      if (source[i] === '\\') i += 2
      else if (source[i] === '`') {
        blank(start, i)
        before = ')'
        return i + 1
      } else if (source.startsWith('${', i)) {
        blank(start, i)
        braces.push('template')
        before = '{'
        return i + 2
      } else i += 1
    }
    blank(start, i)
    return i
  }
  while (at < source.length) {
    const char = source[at] as string
    if (source.startsWith('//', at) || (at === 0 && source.startsWith('#!'))) {
      const end = endOr(source.indexOf('\n', at), source)
      blank(at, end)
      at = end
    } else if (source.startsWith('/*', at)) {
      const close = source.indexOf('*/', at + 2)
      const end = close < 0 ? source.length : close + 2
      blank(at, end)
      at = end
    } else if (char === "'" || char === '"') {
      const end = closingQuote(source, at)
      blank(at + 1, end)
      at = end + 1
      before = ')'
    } else if (char === '`') {
      at = templateText(at + 1)
    } else if (char === '/' && startsExpression(before)) {
      const end = closingSlash(source, at)
      blank(at + 1, end)
      at = end + 1
      before = ')'
    } else if (/[\w$]/.test(char)) {
      const word = /^[\w$]+/.exec(source.slice(at, at + 64))?.[0] ?? char
      at += word.length
      before = word
    } else {
      at += 1
      if (char === '{') braces.push('block')
      if (char === '}' && braces.pop() === 'template') at = templateText(at)
      else if (!/\s/.test(char)) before = char
    }
  }
  return out.join('')
}

export function lineAt(source: string, offset: number): number {
  return source.slice(0, offset).split('\n').length
}

function everyNameIsType(text: string): boolean {
  if (!text.startsWith('{')) return false
  const names = text
    .slice(1, -1)
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  return names.length > 0 && names.every((name) => /^type\s+(?!as\b(?!\s+as\b))/.test(name))
}

/** Whether a slash after this token begins a regular expression rather than a division. */
function startsExpression(before: string): boolean {
  if (/^[\w$]+$/.test(before)) return /^(?:return|typeof|case|in|of|delete|void|throw|new|await|yield|else|do|instanceof)$/.test(before)
  return before !== ')' && before !== ']' && before !== '}'
}

function closingQuote(source: string, start: number): number {
  for (let i = start + 1; i < source.length; i += 1) {
    if (source[i] === '\\') i += 1
    else if (source[i] === source[start] || source[i] === '\n') return i
  }
  return source.length
}

function closingSlash(source: string, start: number): number {
  let inClass = false
  for (let i = start + 1; i < source.length; i += 1) {
    const char = source[i]
    if (char === '\\') i += 1
    else if (char === '\n') return i
    else if (char === '[') inClass = true
    else if (char === ']') inClass = false
    else if (char === '/' && !inClass) return i
  }
  return source.length
}

function endOr(index: number, source: string): number {
  return index < 0 ? source.length : index
}
