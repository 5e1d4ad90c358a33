import { AbsolutePath } from '@octavo/base'
import type { EnvironmentId, FileSystemEntry, Op, SettingsOverrides } from '@octavo/protocol'
import type { Chance } from '../../chance.ts'
import { act } from '../act.ts'
import type { Area } from '../act.ts'
import { PATHS } from '../paths.ts'
import type { Stage } from '../stage.ts'

/** What is done to turns that run or wait. */
export const turns: Area = {
  name: 'turns',
  acts: [
    act('interrupt', 1, (_stage, life) => void life.submit({ type: 'interrupt' })),
    act('interrupt one', 1, (stage, life, chance) => {
      const handle = chance.of(life.handles)
      if (handle !== undefined) stage.track(`interrupt of ${handle.id}`, handle.interrupt(chance.pick('interrupted', 'budgetLimited')))
    }),
    act('settings', 1, (stage, life, chance) => void life.submit({ type: 'settings', settings: someSettings(stage, chance) })),
    act('new defaults', 0.4, ({ world, name }) => void world.engine.refresh({ serviceTier: name('tier'), effort: name('effort') })),
    act('resume with settings', 0.3, (stage, life, chance) => {
      stage.track('resume with settings', stage.resume(life, { settings: someSettings(stage, chance) }))
    }),
    act('compact', 1.5, (_stage, life) => void life.submit({ type: 'compact' })),
    act('review', 0.3, (_stage, life) => void life.submit({ type: 'review', target: { type: 'uncommittedChanges' } })),
    act('an extension keeps something', 0.5, ({ hosts, name }, life) => {
      if (!life.isOver && !life.left.has(life.thread)) hosts.of(life.id).save('note', name('note'))
    }),
    act('weather', 0.5, (stage) => void (stage.moods.weather += 1)),
    act('a host lets go', 0.1, (stage, _life, chance) => chance.of(stage.signals)?.abort()),
    act('an op nobody knows', 0.2, (_stage, life) => void life.submit({ type: 'dance' } as unknown as Op)),
  ],
}

const WRITABLE: readonly FileSystemEntry[] = PATHS.slice(1, 3).map((path) => ({ path: { type: 'path', path }, access: 'write' }))

function someSettings(stage: Stage, chance: Chance): SettingsOverrides {
  const box = { id: stage.name('box') as EnvironmentId, cwd: AbsolutePath.from('/repo') }
  return chance.pick<SettingsOverrides>(
    { effort: stage.name('effort') },
    { effort: null, personality: 'friendly' },
    { personality: null, collaborationMode: { mode: 'plan', instructions: null } },
    { collaborationMode: { mode: 'default', instructions: stage.name('words') } },
    { environments: [] },
    { permissions: { type: 'managed', fileSystem: { type: 'restricted', entries: WRITABLE }, network: 'restricted' } },
    { permissions: { type: 'managed', fileSystem: { type: 'unrestricted' }, network: 'enabled' } },
    { permissions: { type: 'disabled' }, approvalPolicy: chance.pick('on-request', 'never') },
    { environments: [box] },
    // Which cannot be.
    { environments: [box, box] },
    { environments: null, model: '' },
    { cwd: 'nowhere' as AbsolutePath },
  )
}
