import { AbsolutePath, Deferred } from '@octavo/base'
import type { ResponseItem, SubmissionId, UserInput } from '@octavo/protocol'
import type { SubmitOptions } from '../../../src/index.ts'
import type { Chance } from '../../chance.ts'
import { act } from '../act.ts'
import type { Area } from '../act.ts'
import { messageOf, words } from '../life.ts'
import type { Life } from '../life.ts'
import type { Stage } from '../stage.ts'

/** What people say, in every way there is. */
export const input: Area = {
  name: 'input',
  acts: [
    act('run', 3, (stage, life, chance) => run(stage, life, chance, chance.is(0.2))),
    act('say', 1, (stage, life, chance) => say(stage, life, chance, chance.is(0.2) ? { replace: true } : {})),
    act('say when busy', 1, (stage, life, chance) => say(stage, life, chance, { whenBusy: chance.pick('steer', 'queue', 'reject') })),
    act('say nothing', 0.2, (_stage, life, chance) => {
      life.submit({ type: 'userInput', items: [] }, chance.is(0.5) ? {} : { whenBusy: 'queue' })
    }),
    act('steer', 2, (stage, life, chance) => {
      const handle = chance.of(life.handles.slice(-3))
      if (handle === undefined) return
      const items = someInput(stage, chance)
      const clientMetadata = chance.is(0.3) ? { clientMetadata: { from: stage.name('client') } } : {}
      const { id } = life.submit({ type: 'steer', items, expectedTurnId: handle.id, ...clientMetadata })
      life.inputs.set(textOf(items), id)
    }),
    act('inject', 1, (stage, life, chance) => inject(stage, life, chance, {})),
    act('inject when', 1, (stage, life, chance) => inject(stage, life, chance, { when: chance.pick('ifRunning', 'startIfIdle') })),
    act('inject a call', 0.3, (stage, life) => {
      const item: ResponseItem = { type: 'function_call', call_id: stage.name('injected-call'), name: 'shared', arguments: '{}' }
      life.submit({ type: 'injectItems', items: [item, { type: 'function_call_output', call_id: item.call_id, output: 'known' }] })
    }),
    act('command', 1, (stage, life, chance) => {
      const command = stage.name('command')
      const { id } = life.submit({ type: 'userShell', command })
      life.shells.set(command, id)
      if (chance.is(0.2)) life.submit({ type: 'userShell', command }, { id })
    }),
  ],
}

function someInput(stage: Stage, chance: Chance): UserInput[] {
  const items = words(stage.name('input'))
  if (chance.is(0.1)) items.push({ type: 'skill', name: 'cook', path: '/skills/cook' })
  if (chance.is(0.08)) {
    const path = AbsolutePath.from(`/pictures/${stage.name('picture')}.png`)
    // Somebody looks for it sooner or later.
    if (chance.is(0.7)) {
      const image = new Deferred<Uint8Array>()
      image.promise.catch(() => {}) // nobody may be looking
      stage.world.workspace.images.set(path, image)
    }
    items.push({ type: 'localImage', path })
  }
  return items
}

function say(stage: Stage, life: Life, chance: Chance, options: SubmitOptions): void {
  const items = someInput(stage, chance)
  const id = stage.name('op') as SubmissionId
  life.inputs.set(textOf(items), id)
  life.submit({ type: 'userInput', items }, { ...options, id })
  if (chance.is(0.1)) life.submit({ type: 'userInput', items }, { ...options, id })
}

function run(stage: Stage, life: Life, chance: Chance, replace: boolean): void {
  const items = someInput(stage, chance)
  const id = stage.name('run') as SubmissionId
  life.inputs.set(textOf(items), id)
  const settings = chance.is(0.3) ? { settings: { effort: stage.name('effort') } } : {}
  const signal = chance.is(0.2) ? { signal: stage.someSignal(chance) } : {}
  stage.track(
    `run ${id}`,
    // Refused: its admission says so.
    life.thread.run(items, { id, replace, ...settings, ...signal }).then((handle) => void life.handles.push(handle)),
  )
}

function inject(stage: Stage, life: Life, chance: Chance, options: { readonly when?: 'ifRunning' | 'startIfIdle' }): void {
  const said = stage.name('injected')
  const pinned = chance.is(0.3)
  if (pinned) life.pinned.add(said)
  const { id } = life.submit({ type: 'injectItems', items: [messageOf(chance.pick('user', 'developer'), said)], pinned, ...options })
  life.injected.set(said, id)
}

function textOf(items: readonly UserInput[]): string {
  return items.map((item) => (item.type === 'text' ? item.text : '')).join('')
}
