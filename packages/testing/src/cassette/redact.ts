import { isRecord, parseJson, UsageError } from '@octavo/base'
import type { JsonValue } from '@octavo/base'

/** What must not be kept. The usual shapes of keys, and fields that usually hold them, always go. */
export interface RedactOptions {
  /** Values by the name that takes their place: `{ API_KEY: key }` leaves `[redacted:API_KEY]`. At least four characters each. */
  readonly values?: Readonly<Record<string, string>>
  /** Whatever matches goes. */
  readonly patterns?: readonly RegExp[]
  /** Fields and headers whose text goes, whatever it is. */
  readonly fields?: readonly RegExp[]
}

const GONE = '[redacted]'
const SHORTEST_VALUE = 4

/** Shapes of secrets, each with what stays of it. */
const SHAPES: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[^]*?-----END [A-Z ]*PRIVATE KEY-----/g, GONE],
  [/\bsk-[\w-]{16,}/g, GONE],
  [/\b(?:gh[opsru]_|github_pat_|glpat-|npm_)[\w-]{20,}/g, GONE],
  [/\bxox[abeprs]-[\w-]{10,}/g, GONE],
  [/\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g, GONE],
  [/\bAIza[\w-]{35}/g, GONE],
  [/\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}/g, GONE],
  // Not "basic information": a credential has a digit, a sign or a capital inside.
  [/\b([Bb]earer|BEARER|[Bb]asic|BASIC)\s+(?!\[redacted)(?=\S*(?:\d|=|[a-z][A-Z]))[\w.~+/-]{8,}=*/g, `$1 ${GONE}`],
  // Credentials in an address.
  [/(:\/\/[^\s/:@]*:)(?!\[redacted)[^\s/@]+@/g, `$1${GONE}@`],
  // Variables as a shell or a file of settings writes them.
  [
    /\b([A-Z0-9_]*(?:TOKEN|SECRET|PASSWORD|PASSWD|API_?KEY|PRIVATE_KEY|ACCESS_KEY)\s*=\s*)(?!["']?\[redacted)(?:"[^"]*"|'[^']*'|[^\s"']+)/g,
    `$1${GONE}`,
  ],
]

/** Names of fields and headers; counts of tokens and the like do not end so. */
const FIELDS: readonly RegExp[] = [
  /^(?:proxy-)?authorization$/i,
  /cookie$/i,
  /(?:^|[-_.a-z])(?:token|secret|password|passwd|credentials?|api[-_]?key|private[-_]?key|access[-_]?key)$/i,
  /^openai-(?:organization|project)$/i,
]

/** Takes secrets out of texts and data. The same text always becomes the same, and what was redacted stays as it is. */
export class Redactor {
  readonly #values: readonly (readonly [text: string, gone: string])[]
  readonly #shapes: readonly (readonly [RegExp, string])[]
  readonly #fields: readonly RegExp[]

  constructor({ values = {}, patterns = [], fields = [] }: RedactOptions = {}) {
    const forms = Object.entries(values).flatMap(([name, value]) => {
      if (value.length >= SHORTEST_VALUE) return formsOf(value).map((form) => [form, `[redacted:${name}]`] as const)
      throw new UsageError(
        'value_too_short',
        `the value of ${name} is too short to be told from other text; give at least ${SHORTEST_VALUE} characters`,
      )
    })
    // A value that is a part of another one must not break it up.
    this.#values = forms.toSorted(([left], [right]) => right.length - left.length)
    this.#shapes = [...patterns.map((pattern) => [everywhere(pattern), GONE] as const), ...SHAPES]
    this.#fields = [...FIELDS, ...fields]
  }

  /** Text, and data inside it when all of it is JSON, as arguments of a call are. */
  text(text: string): string {
    const inside = /^\s*[{[]/.test(text) ? parseJson(text) : null
    if (inside?.ok === true) {
      const before = JSON.stringify(inside.value)
      const after = JSON.stringify(this.value(inside.value))
      if (after !== before) return after
    }
    return this.#plain(text)
  }

  value(value: JsonValue): JsonValue {
    if (typeof value === 'string') return this.text(value)
    if (Array.isArray(value)) return value.map((each: JsonValue) => this.value(each))
    if (!isRecord(value)) return value
    // Arrays and other values were handled above.
    const fields = Object.entries(value as Readonly<Record<string, JsonValue>>)
    return Object.fromEntries(fields.map(([name, field]) => [this.#plain(name), this.field(name, field)]))
  }

  /** The value of a field or a header of this name. */
  field(name: string, value: JsonValue): JsonValue {
    if (typeof value !== 'string' || !this.#fields.some((pattern) => name.search(pattern) !== -1)) return this.value(value)
    const plain = this.#plain(value)
    return /^\[redacted(?::[^\]]*)?\]$/.test(plain) ? plain : GONE
  }

  #plain(text: string): string {
    let plain = text
    for (const [value, gone] of this.#values) plain = plain.replaceAll(value, () => gone)
    for (const [shape, gone] of this.#shapes) plain = plain.replaceAll(shape, gone)
    return plain
  }
}

/** A value as it may stand in a text: as it is, inside JSON, inside an address. */
function formsOf(value: string): string[] {
  return [...new Set([value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value)])]
}

function everywhere(pattern: RegExp): RegExp {
  return pattern.global ? pattern : new RegExp(pattern.source, `${pattern.flags}g`)
}
