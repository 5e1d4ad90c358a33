import type { ResponseItem, SubmissionId, UserInput } from '@octavo/protocol'
import type { RolloutItem } from '@octavo/protocol/rollout'
import type { Life } from '../life.ts'
import type { Stage } from '../stage.ts'

/** Whatever was said, put in or run is in the file once, or was given back, or was refused. */
export function brokenByLedger({ world: { store } }: Pick<Stage, 'world'>, life: Life): string[] {
  // A thread whose file could never be made leaves nothing, and says so by its turns; what was not written when it was taken over is gone.
  if (!store.isMade(life.id) || life.isTorn) return []
  const admitted = admissions(life)
  const lines = store.ownLines(life.id).map(({ item }) => item)
  const recorded = lines.flatMap((item) => (item.type === 'response_item' ? [item.payload] : []))
  const given = life.epochs.flatMap((epoch) => epoch.of('turn.completed').flatMap(({ unused }) => unused))
  return [...inputs(life, admitted, recorded, given), ...injections(life, admitted, recorded, lines), ...commands(life, admitted, recorded)]
}

/** How each submission was admitted that was neither refused nor a repetition. */
function admissions(life: Life): ReadonlyMap<SubmissionId, string> {
  const all = life.epochs.flatMap((epoch) => epoch.of('submission.admitted'))
  return new Map(all.flatMap(({ id, admission: { kind } }) => (kind === 'repeated' || kind === 'refused' ? [] : [[id, kind]])))
}

function inputs(
  life: Life,
  admitted: ReadonlyMap<SubmissionId, string>,
  recorded: readonly ResponseItem[],
  given: readonly UserInput[],
): string[] {
  return [...life.inputs].flatMap(([said, id]) => {
    const kind = admitted.get(id)
    const kept = recorded.filter((item) => says(item, said)).length
    const back = given.filter((part) => part.type === 'text' && part.text === said).length
    if (kept + back === (kind === undefined ? 0 : 1)) return []
    return [`${said} (${kind ?? 'not admitted'}) is ${kept} times in the file and was given back ${back} times`]
  })
}

function injections(
  life: Life,
  admitted: ReadonlyMap<SubmissionId, string>,
  recorded: readonly ResponseItem[],
  lines: readonly RolloutItem[],
): string[] {
  const bases = lines.flatMap((item) => (item.type === 'compacted' ? [item.payload.replacement_history ?? []] : []))
  return [...life.injected].flatMap(([said, id]) => {
    const kept = recorded.filter((item) => says(item, said)).length
    if (kept !== (admitted.has(id) ? 1 : 0)) return [`${said} (${admitted.get(id) ?? 'not admitted'}) is ${kept} times in the file`]
    if (!life.pinned.has(said)) return []
    const from = lines.findIndex((item) => item.type === 'response_item' && says(item.payload, said))
    const after = lines.slice(from === -1 ? lines.length : from).filter(({ type }) => type === 'compacted').length
    const lost = bases.slice(bases.length - after).some((base) => base.filter((item) => says(item, said)).length !== 1)
    return lost ? [`${said} is pinned and did not stay once`] : []
  })
}

function commands(life: Life, admitted: ReadonlyMap<SubmissionId, string>, recorded: readonly ResponseItem[]): string[] {
  const ran = life.epochs.flatMap((epoch) =>
    epoch.of('item.started').flatMap(({ item }) => (item.type === 'commandExecution' ? [item.command.at(-1)] : [])),
  )
  return [...life.shells].flatMap(([command, id]) => {
    const told = recorded.filter((item) => mentions(item, `\n${command}\n</command>`)).length
    const times = ran.filter((script) => script === command).length
    if (told === times && (admitted.has(id) || times === 0) && times <= 1) return []
    return [`${command} (${admitted.get(id) ?? 'not admitted'}) ran ${times} times and is ${told} times in the file`]
  })
}

function says(item: ResponseItem, said: string): boolean {
  return item.type === 'message' && item.content.some((part) => 'text' in part && part.text === said)
}

function mentions(item: ResponseItem, said: string): boolean {
  return item.type === 'message' && item.content.some((part) => 'text' in part && part.text.includes(said))
}
