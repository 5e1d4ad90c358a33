import type { Readable } from 'node:stream'
import { systemClock, type Clock } from 'octavo'
import { CommandError } from './exit.ts'

/** Where the prompt comes from. `notice` goes to stderr before anything is read. */
export type PromptPlan =
  | { readonly kind: 'argument'; readonly text: string }
  | { readonly kind: 'stdin'; readonly notice: string | null }
  | { readonly kind: 'both'; readonly text: string; readonly notice: string }

const NO_PROMPT = 'no prompt given; write it as an argument, or pipe it into stdin'
const WAITING_MS = 2000

/**
 * Decides by what is given, without reading anything. A resumed thread takes an argument as it is and leaves stdin alone.
 * @throws CommandError when there is nowhere to take a prompt from
 */
export function planPrompt(given: {
  readonly argument: string | null
  readonly stdinIsTerminal: boolean
  readonly resumes: boolean
}): PromptPlan {
  const { argument, stdinIsTerminal, resumes } = given
  if (argument === '-') return { kind: 'stdin', notice: null }
  if (argument !== null) {
    if (stdinIsTerminal || resumes) return { kind: 'argument', text: argument }
    return { kind: 'both', text: argument, notice: 'Reading additional input from stdin...' }
  }
  if (stdinIsTerminal) throw new CommandError(NO_PROMPT)
  return { kind: 'stdin', notice: 'Reading prompt from stdin...' }
}

/** @throws CommandError when the prompt was to come from stdin and that is blank */
export function composePrompt(plan: PromptPlan, piped: string): string {
  const isBlank = piped.trim() === ''
  if (plan.kind === 'argument') return plan.text
  if (plan.kind === 'stdin') {
    if (isBlank) throw new CommandError('no prompt on stdin: it was empty; write the prompt as an argument, or pipe it in')
    return piped
  }
  return isBlank ? plan.text : `${plan.text}\n\n<stdin>\n${piped}${piped.endsWith('\n') ? '' : '\n'}</stdin>`
}

/**
 * Reads everything and decodes it: UTF-8, or UTF-16 with a byte order mark. After two seconds without an end `onWaiting` is called once.
 * @throws CommandError for any other encoding
 */
export async function readText(stream: Readable, onWaiting: () => void, clock: Clock = systemClock): Promise<string> {
  const ended = new AbortController()
  clock.sleep(WAITING_MS, ended.signal).then(onWaiting, () => {}) // rejects only when the reading has ended first
  const chunks: Buffer[] = []
  try {
    for await (const chunk of stream) chunks.push(typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Buffer))
  } finally {
    ended.abort('ended') // without a reason an error would be made for nobody
  }
  return decodeText(Buffer.concat(chunks))
}

/** @throws CommandError when the bytes are neither UTF-8 nor UTF-16 with a byte order mark */
export function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder(encodingOf(bytes), { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new CommandError('stdin is not text in UTF-8 or UTF-16; convert it first: iconv -f <its encoding> -t UTF-8', { cause })
  }
}

function encodingOf(bytes: Uint8Array): string {
  const [a, b, c, d] = bytes
  if (a === 0xff && b === 0xfe) return c === 0 && d === 0 ? refuseUtf32() : 'utf-16le'
  if (a === 0xfe && b === 0xff) return 'utf-16be'
  if (a === 0 && b === 0 && c === 0xfe && d === 0xff) return refuseUtf32()
  return 'utf-8'
}

function refuseUtf32(): never {
  throw new RangeError('UTF-32')
}
