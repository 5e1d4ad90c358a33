import { UsageError } from '@octavo/base'
import { parseRules } from './parse.ts'

/** The line a rule is kept as. */
export function ruleLine(prefix: readonly string[]): string {
  return `prefix_rule(pattern=[${prefix.map((word) => JSON.stringify(word)).join(', ')}], decision="allow")`
}

/** True when these words can be kept: read again, the line is one rule with exactly them. */
export function isWritable(prefix: readonly string[]): boolean {
  // Line breaks and tabs can be read again; what else cannot be seen has no business in a rule somebody approved.
  if (prefix.length === 0 || prefix.some((word) => word === '' || !word.isWellFormed() || HIDDEN.test(word))) return false
  const { prefixes, problems } = parseRules(ruleLine(prefix), 'rule')
  const [rule, ...more] = prefixes
  return problems.length === 0 && more.length === 0 && JSON.stringify(rule?.pattern) === JSON.stringify(prefix.map((word) => [word]))
}

// oxlint-disable-next-line no-control-regex
const HIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/

/**
 * What has to be added to a rule file so that it has this rule; null when the very line is there already.
 *
 * @throws UsageError `rules_broken` when the file has a mistake, since then nothing in it allows anything
 */
export function appendRule(text: string, file: string, prefix: readonly string[]): string | null {
  const [problem] = parseRules(text, file).problems
  if (problem !== undefined) throw new UsageError('rules_broken', `${problem.message}; mend it first, until then the file allows nothing`)
  const line = ruleLine(prefix)
  if (text.split(/\r?\n/).includes(line)) return null
  return `${text === '' || text.endsWith('\n') ? '' : '\n'}${line}\n`
}

/** A rule file without the line this rule is kept as; all else of it stays as it is, what its owner wrote by hand too. */
export function withoutRule(text: string, prefix: readonly string[]): string {
  const line = ruleLine(prefix)
  return text
    .split(/(?<=\n)/)
    .filter((each) => each.replace(/\r?\n$/, '') !== line)
    .join('')
}
