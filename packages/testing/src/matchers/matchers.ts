import type { JsonValue } from '@octavo/base'
import type { RequestKind, RequestOutcome, TurnStatus } from '@octavo/protocol'
import { brokenInvariants } from '../scenario/invariants.ts'
import { matchesText } from '../scripted-model/request-match.ts'
import type { TextMatch } from '../scripted-model/request-match.ts'
import { askedOf, callsOf, endedTurns, historyOf, outlineTranscript } from '../transcript/conversation.ts'
import type { Transcript } from '../transcript/index.ts'

/** What the matchers look at: a thread of a test engine, the result of a scenario, or a transcript. */
export type Judged = Transcript | { readonly transcript: Transcript | (() => Transcript | Promise<Transcript>) }

/**
 * Expectations about a thread. All of them are asynchronous, since a thread reads what it has kept: `await expect(thread)…`.
 * A failure shows the run in outline.
 */
export interface TranscriptMatchers {
  /** The model called this tool, with these arguments when they are given; asymmetric matchers may stand in them. */
  toHaveCalledTool(name: string, input?: unknown): Promise<void>
  /** A call of this tool was answered with a text that has this part, or matches this pattern. */
  toHaveToolOutput(name: string, text: TextMatch): Promise<void>
  /** The last turn that ended did so like this; of an error the code. */
  toHaveEndedTurn(status: Exclude<TurnStatus, 'running'>, error?: string): Promise<void>
  /** The last turn that ended left a message with this part, or one that matches this pattern. */
  toHaveAnswered(text: TextMatch): Promise<void>
  /** Somebody was asked for this, with this outcome when one is given. */
  toHaveAskedFor(kind: RequestKind, outcome?: RequestOutcome['outcome']): Promise<void>
  /** All that must hold for every run: one output for each call in order, events without a gap, one end for each that began. */
  toHaveWellFormedHistory(): Promise<void>
}

declare module 'vitest' {
  // The names of the parameters have to be those of vitest.
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown> extends TranscriptMatchers {}
}

interface Context {
  readonly isNot: boolean
  readonly equals: (left: unknown, right: unknown) => boolean
}

interface Verdict {
  readonly pass: boolean
  readonly message: () => string
}

type Matcher<Given extends readonly unknown[]> = (this: Context, judged: Judged, ...given: Given) => Promise<Verdict>

/** For `expect.extend(matchers)`, in a set-up file or at the head of a test. Importing them gives `expect` their types. */
export const matchers: { readonly [Name in keyof TranscriptMatchers]: Matcher<Parameters<TranscriptMatchers[Name]>> } = {
  async toHaveCalledTool(judged, name, input) {
    const transcript = await transcriptOf(judged)
    const calls = callsOf(historyOf(transcript)).filter((call) => call.tool === name)
    const pass = calls.some((call) => input === undefined || this.equals(call.arguments, input))
    const wanted = input === undefined ? `a call of ${name}` : `a call of ${name} with ${shown(input)}`
    return verdict(
      pass,
      wanted,
      pass && input === undefined ? `${calls.length} calls` : listed(calls.map((call) => call.arguments)),
      transcript,
    )
  },

  async toHaveToolOutput(judged, name, text) {
    const transcript = await transcriptOf(judged)
    const outputs = callsOf(historyOf(transcript)).flatMap(({ tool, output }) => (tool === name && output !== null ? [output] : []))
    const pass = outputs.some((output) => matchesText(output, text))
    return verdict(pass, `an output of ${name} that ${described(text)}`, listed(outputs), transcript)
  },

  async toHaveEndedTurn(judged, status, error) {
    const transcript = await transcriptOf(judged)
    const last = endedTurns(transcript).at(-1)
    const pass = last?.turn.status === status && (error === undefined || last.error?.code === error)
    const found = last === undefined ? 'no turn that ended' : `${last.turn.status}${last.error === null ? '' : ` with ${last.error.code}`}`
    return verdict(pass, `a last turn that ended as ${status}${error === undefined ? '' : ` with ${error}`}`, found, transcript)
  },

  async toHaveAnswered(judged, text) {
    const transcript = await transcriptOf(judged)
    const answer = endedTurns(transcript).at(-1)?.lastMessage ?? null
    return verdict(answer !== null && matchesText(answer, text), `an answer that ${described(text)}`, shown(answer), transcript)
  },

  async toHaveAskedFor(judged, kind, outcome) {
    const transcript = await transcriptOf(judged)
    const asked = askedOf(transcript)
    const pass = asked.some((each) => each[0] === kind && (outcome === undefined || each[1] === outcome))
    const wanted = `a request for ${kind}${outcome === undefined ? '' : ` that ended as ${outcome}`}`
    return verdict(pass, wanted, listed(asked.map(([each, end]) => `${each}: ${end ?? 'open'}`)), transcript)
  },

  async toHaveWellFormedHistory(judged) {
    const transcript = await transcriptOf(judged)
    const broken = brokenInvariants(transcript)
    return verdict(
      broken.length === 0,
      'a well-formed history',
      broken.length === 0 ? 'one' : `\n${broken.map((each) => `- ${each}`).join('\n')}`,
      transcript,
    )
  },
}

async function transcriptOf(judged: Judged): Promise<Transcript> {
  if (!('transcript' in judged)) return judged
  return typeof judged.transcript === 'function' ? await judged.transcript() : judged.transcript
}

function verdict(pass: boolean, wanted: string, found: string, transcript: Transcript): Verdict {
  return { pass, message: () => `expected ${pass ? 'not ' : ''}${wanted}, found ${found}\n\n${outlineTranscript(transcript)}` }
}

function described(text: TextMatch): string {
  return typeof text === 'string' ? `has ${shown(text)}` : `matches ${String(text)}`
}

function listed(values: readonly JsonValue[]): string {
  return values.length === 0 ? 'none' : values.map(shown).join(', ')
}

function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : (JSON.stringify(value) ?? String(value))
}
