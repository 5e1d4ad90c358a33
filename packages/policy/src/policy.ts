import { UsageError } from '@octavo/base'
import type { ExecPolicy } from '@octavo/extension-api'
import type { PolicyAmendment } from '@octavo/protocol'
import { isTooWide } from './amendments.ts'
import { decide } from './decide.ts'
import { describe } from './describe.ts'
import { appendRule, isWritable, ruleLine, withoutRule } from './rules/append.ts'
import { parseRules } from './rules/parse.ts'
import type { NetworkRule, PrefixRule, RuleFile, RuleProblem } from './rules/rule.ts'
import { RuleSet } from './rules/rule-set.ts'

/** The file that approved rules are added to. */
export interface RuleBook {
  /** As it is called in {@link RuleFile.file}. */
  readonly file: string
  /** Adds what `addition` makes of the present text, nothing for null, and returns the whole text then. A missing file is empty. */
  append(addition: (text: string) => string | null): Promise<string>
  /** Puts what `change` makes of the present text in its place, whole or not at all, and returns it. */
  rewrite(change: (text: string) => string): Promise<string>
}

export interface PolicyOptions {
  /** Rule files, read; their order changes nothing. */
  readonly files?: readonly RuleFile[]
  /** Without it no rule is offered with a question, and {@link ExecPolicy.amend} rejects with `UsageError` `amendments_unsupported`. */
  readonly book?: RuleBook
}

/** An arbiter with rules. */
export interface Policy extends ExecPolicy {
  /** Mistakes in rule files, for whoever should mend them. */
  readonly problems: readonly RuleProblem[]
  /** Rules for commands that hold now, with their places. Those of the book's file are what approvals have added, and what its owner has. */
  rules(): readonly PrefixRule[]
  /** Takes back a rule that an approval added; false when the book has no such line. @throws UsageError `amendments_unsupported` */
  revoke(amendment: PolicyAmendment): Promise<boolean>
  /** What rules say about hosts now, for whoever filters the network. */
  networkRules(): readonly NetworkRule[]
}

/** The arbiter of what tool calls may do: rules first, then the tables of `tables.ts` over what a call wants to touch and what the turn allows. */
export function createPolicy({ files = [], book }: PolicyOptions = {}): Policy {
  let known = files
  let rules = new RuleSet(known)
  const take = (file: string, text: string): void => {
    known = [...known.filter((each) => each.file !== file), parseRules(text, file)]
    rules = new RuleSet(known)
  }
  return {
    decide: (question) => decide(question, { rules, offers: book !== undefined }),
    describe,
    amend: async (amendment) => {
      if (book === undefined) throw unsupported()
      const prefix = checked(amendment)
      const text = await book.append((present) => appendRule(present, book.file, prefix))
      // The whole file again: another process may have added to it as well.
      take(book.file, text)
    },
    revoke: async ({ prefix }) => {
      if (book === undefined) throw unsupported()
      let had = false
      const text = await book.rewrite((present) => {
        const left = withoutRule(present, prefix)
        had = left !== present
        return left
      })
      take(book.file, text)
      return had
    },
    rules: () => known.flatMap(({ prefixes }) => prefixes),
    problems: rules.problems,
    networkRules: () => rules.networkRules(),
  }
}

function checked({ prefix }: PolicyAmendment): readonly string[] {
  if (isTooWide(prefix))
    throw new UsageError('rule_too_wide', `a rule for ${JSON.stringify(prefix)} would allow anything; name what it may run`, {
      data: { prefix },
    })
  if (!isWritable(prefix))
    throw new UsageError('rule_unwritable', `${ruleLine(prefix)} cannot be kept: it has empty words or characters that cannot be seen`, {
      data: { prefix },
    })
  return prefix
}

function unsupported(): UsageError {
  return new UsageError(
    'amendments_unsupported',
    'this policy keeps no rules that an approval could add to; approve for the session instead',
  )
}
