import type { TurnResult } from '../../../src/index.ts'
import type { Watched } from '../../fake-engine.ts'
import type { Life } from '../life.ts'

/** Every turn that was admitted ends once, as its handle says. */
export function brokenByTurns(life: Life, results: readonly (TurnResult | undefined)[]): string[] {
  const ends = new Map(life.epochs.flatMap((epoch) => epoch.of('turn.completed').map((event) => [event.turn.id, event])))
  const handles = life.handles.flatMap(({ id }, index) => {
    const [end, result] = [ends.get(id), results[index]]
    if (result === undefined) return [`the handle of ${id} never settles, or rejects`]
    const same = JSON.stringify(end?.unused) === JSON.stringify(result.unused) && end?.turn.status === result.status
    return same ? [] : [`turn ${id} ends ${end?.turn.status} and its handle says ${result.status}`]
  })
  return [...life.epochs.flatMap(admitted), ...handles]
}

function admitted(epoch: Watched): string[] {
  const started = epoch.of('submission.admitted').flatMap(({ admission }) => (admission.kind === 'started' ? [admission.turnId] : []))
  const queued = epoch.of('submission.admitted').filter(({ admission: { kind } }) => kind === 'queued').length
  const ended = epoch.of('turn.completed').map(({ turn }) => turn.id)
  const missing = started.filter((id) => !ended.includes(id)).map((id) => `turn ${id} was admitted and never ends`)
  if (ended.length === started.length + queued) return missing
  return [...missing, `${started.length} turns were started and ${queued} queued, and ${ended.length} ended`]
}
