import { type EventEnvelope, type Projection, type ThreadSnapshot, type TurnResult } from 'octavo'
import { execJsonProjection, formatExecJson } from 'octavo'
import type { AskGit } from 'octavo/local'
import { type HumanOptions, humanProjection, summarize } from '../render/human.ts'
import { createStyle, printable, wantsColor } from '../render/style.ts'
import type { ExecArguments } from '../arguments/exec.ts'
import { describeWorkingTree } from './working-tree.ts'

/** How a run is told: a fold of its events, and what is said when it has ended. */
export interface Surface {
  show(envelope: EventEnvelope): void
  /** After the turn, while the thread is still there. */
  finish(result: TurnResult, resumeLine: string | null): Promise<void>
}

interface Outlets {
  readonly stdout: { write(text: string): unknown; readonly isTTY?: boolean }
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean }
}

export interface SurfaceOptions extends Pick<HumanOptions, 'version' | 'hidesReasoning'> {
  readonly git: AskGit
}

/** The surface the arguments ask for. */
export function createSurface(
  given: Pick<ExecArguments, 'json' | 'color'>,
  snapshot: ThreadSnapshot,
  options: SurfaceOptions,
  outlets: Outlets = process,
): Surface {
  if (given.json) return jsonSurface(snapshot, outlets)
  const style = createStyle(wantsColor(given.color, outlets.stderr.isTTY === true, process.env))
  return humanSurface(snapshot, outlets, { ...options, style })
}

/** JSON lines on stdout and nothing else there. */
function jsonSurface(snapshot: ThreadSnapshot, { stdout, stderr }: Outlets): Surface {
  const fit = forStdout(stdout)
  const show = folded(execJsonProjection, snapshot, (event) => stdout.write(`${fit(formatExecJson(event))}\n`))
  return {
    show: (envelope) => void show.next(envelope),
    finish: async ({ status, error }) => {
      if (status === 'failed') stderr.write(`octavo: ${printable(error?.message ?? 'the turn failed')}\n`)
    },
  }
}

/** Progress on stderr; the final message on stdout too, unless both are terminals and it would be seen twice. */
function humanSurface(
  snapshot: ThreadSnapshot,
  { stdout, stderr }: Outlets,
  options: SurfaceOptions & Pick<HumanOptions, 'style'>,
): Surface {
  const { style, git } = options
  const say = (line: string): void => void stderr.write(`${line}\n`)
  const show = folded(humanProjection({ ...options, tailLines: 20 }), snapshot, say)
  return {
    show: (envelope) => void show.next(envelope),
    finish: async ({ status, lastMessage }, resumeLine) => {
      const state = show.state()
      for (const line of summarize(state, style)) say(line)
      const tree = state.commands + state.stat.size === 0 ? null : await describeWorkingTree(git, snapshot.settings.cwd)
      if (tree !== null) say(`${style.bold('working tree')} ${printable(tree)}`)
      if (snapshot.location !== null) say(`${style.bold('rollout')} ${printable(snapshot.location)}`)
      if (resumeLine !== null) say(`${style.bold('go on with')} ${printable(resumeLine)}`)
      const isSeen = stdout.isTTY === true && stderr.isTTY === true
      if (status === 'completed' && lastMessage !== null && !isSeen) stdout.write(`${forStdout(stdout)(lastMessage)}\n`)
    },
  }
}

/** A terminal gets what cannot move it; a file or a program gets the text as it is. */
function forStdout({ isTTY }: Outlets['stdout']): (text: string) => string {
  return isTTY === true ? printable : (text) => text
}

/** A projection at work. */
export interface Folded<State> {
  state(): State
  /** Puts out what the envelope calls for, and returns the state after it. */
  next(envelope: EventEnvelope): State
}

/** Drives a projection: each envelope moves its state, and its outputs go to `put` in order. */
export function folded<State, Out>(projection: Projection<State, Out>, snapshot: ThreadSnapshot, put: (out: Out) => void): Folded<State> {
  let state = projection.start(snapshot)
  return {
    state: () => state,
    next: (envelope) => {
      const [next, outputs] = projection.next(state, envelope)
      state = next
      for (const output of outputs) put(output)
      return state
    },
  }
}
