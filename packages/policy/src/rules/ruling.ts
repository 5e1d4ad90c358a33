import type { PolicyTraceStep } from '@octavo/extension-api'
import { isInstalledProgram } from '../command/program.ts'
import { scanCommands } from '../command/scan.ts'
import { isSafeCommand } from '../command/safe.ts'
import { type PlainCommand, shellCall, splitCommands } from '../command/split.ts'
import type { Word } from '../command/tokenize.ts'
import { hereCommand } from './heredoc.ts'
import { type RuleSet, type Spoken, type Statement, stepOf, strictest } from './rule-set.ts'

/** A command of an argv, with what rules say of it. */
export interface Segment {
  readonly words: readonly Word[]
  readonly text: readonly string[]
  readonly statement: Statement | null
}

/** What rules say of an argv. */
export interface Ruling {
  /** The strictest statement about any of its commands; null when no rule spoke. */
  readonly held: Statement | null
  /** Every command of it is allowed by a rule, and nothing is said against any. */
  readonly allowsAll: boolean
  /** Its plain commands; null when it is opaque. */
  readonly segments: readonly Segment[] | null
  readonly trace: readonly PolicyTraceStep[]
}

/**
 * Asks the rules about every command of an argv. An opaque one counts as a single command, by its own words, or by those in front of a
 * here-document. Rules that hold back are also asked about every command that can be found anywhere in an opaque script: a redirection
 * does not lift them. Rules that allow are not.
 */
export function ruleOn(argv: readonly string[], rules: RuleSet): Ruling {
  const plain = splitCommands(argv)
  if (rules.isEmpty) return { held: null, allowsAll: false, segments: plain?.map(unspoken) ?? null, trace: [] }
  const call = shellCall(argv)
  // A script read by a program nobody knows may do anything, whatever its words are.
  const isRead = call === null || isInstalledProgram(call.program)
  if (plain !== null) {
    const spoken = plain.map(({ words }) => rules.ofCommand(words.map(({ text }) => text)))
    const segments = plain.map((command, index) => ({ ...unspoken(command), statement: strictest(spoken[index]?.statements ?? []) }))
    return summarise(spoken, segments, isRead && segments.every(({ statement }) => statement?.decision === 'allow'))
  }
  const here = hereCommand(argv)
  const spoken = [rules.ofCommand(here?.words ?? argv), ...(rules.holdsBack ? within(argv, rules) : [])]
  const first = strictest(spoken[0]?.statements ?? [])
  return summarise(spoken, null, first?.decision === 'allow' && (here === null || here.isLiteral))
}

/** What is said against the commands that stand anywhere in a script. */
function within(argv: readonly string[], rules: RuleSet): readonly Spoken[] {
  const call = shellCall(argv)
  const commands = call?.kind === 'posix' ? scanCommands(call.script) : null
  return (commands ?? []).map((words) => {
    const end = words.indexOf(null)
    const known = words.slice(0, end === -1 ? words.length : end) as readonly string[] // up to the first unknown one
    const statements = rules.ofCommand(known).statements.filter(({ decision }) => decision !== 'allow')
    return { statements, trace: statements.map(stepOf) }
  })
}

function summarise(spoken: readonly Spoken[], segments: readonly Segment[] | null, allAllowed: boolean): Ruling {
  const held = strictest(spoken.flatMap(({ statements }) => statements))
  return { held, allowsAll: allAllowed && held?.decision === 'allow', segments, trace: spoken.flatMap(({ trace }) => trace) }
}

function unspoken({ words }: PlainCommand): Segment {
  return { words, text: words.map(({ text }) => text), statement: null }
}

/** True when every command is known to be safe or allowed by a rule. */
export function isSafeOrAllowed(argv: readonly string[], { segments }: Ruling): boolean {
  const call = shellCall(argv)
  if (segments === null || segments.length === 0 || (call !== null && !isInstalledProgram(call.program))) return false
  return segments.every(({ words, statement }) => statement?.decision === 'allow' || isSafeCommand(words))
}
