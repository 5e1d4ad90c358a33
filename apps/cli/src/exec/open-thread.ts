import { AbsolutePath, type Octavo, OctavoError, type Thread, type ThreadId, type ThreadSettings } from 'octavo'
import { type LocalConfig, requireModel } from 'octavo/local'
import type { ExecArguments } from '../arguments/exec.ts'
import { CommandError } from '../exit.ts'

/** A new thread, the one that was asked for, or a fork of it. @throws CommandError when there is none; StoreError when it cannot be had */
export async function openThread(octavo: Octavo, given: ExecArguments, config: LocalConfig): Promise<Thread> {
  const { continues } = given
  if (continues === null)
    return await octavo.startThread({
      ephemeral: given.ephemeral,
      ...(given.threadSource === null ? {} : { threadSource: given.threadSource }),
    })
  const { how, allDirectories } = continues
  const id = continues.id === null ? await latest(octavo, allDirectories ? null : config.cwd) : await octavo.threads.find(continues.id)
  const settings = await settingsForResume(octavo, config, id)
  try {
    return how === 'fork'
      ? await octavo.forkThread(id, { settings, ephemeral: given.ephemeral })
      : await octavo.resumeThread(id, { settings })
  } catch (error) {
    // Nobody but the thread could have named a model, and the first thing that is wrong with settings is a model that is missing.
    const isNameless = (settings.model ?? octavo.settings.model) === '' && OctavoError.is(error) && error.code === 'invalid_settings'
    throw isNameless ? new CommandError(`thread ${id} names no model; name one with -m`, { cause: error }) : error
  }
}

async function latest(octavo: Octavo, cwd: AbsolutePath | null): Promise<ThreadId> {
  const found = await octavo.threads.latest(cwd === null ? {} : { cwd })
  if (found !== null) return found.id
  throw new CommandError(
    cwd === null ? 'there is no thread to resume' : `no thread was begun in ${cwd}; add --all for those of every directory`,
  )
}

/**
 * Where, by whom and under which permissions a thread goes on is decided anew each time; how the model is asked stays as it was,
 * unless somebody says otherwise, or the model belongs to another provider.
 */
async function settingsForResume(octavo: Octavo, config: LocalConfig, id: ThreadId): Promise<Partial<ThreadSettings>> {
  const { provider, cwd, workspaceRoots, approvalPolicy, permissions, ...asking } = octavo.settings
  const isSaid = (key: string): boolean => config.originOf(key).kind !== 'default'
  const said = {
    ...(isSaid('model') ? { model: asking.model } : {}),
    ...(isSaid('model_reasoning_effort') ? { effort: asking.effort } : {}),
    ...(isSaid('model_reasoning_summary') ? { summary: asking.summary } : {}),
    ...(isSaid('model_verbosity') ? { verbosity: asking.verbosity } : {}),
    ...(isSaid('service_tier') ? { serviceTier: asking.serviceTier } : {}),
  }
  const moved = !isSaid('model') && (await octavo.threads.meta(id))?.model_provider !== provider ? { model: requireModel(config) } : {}
  return { provider, cwd, workspaceRoots, approvalPolicy, permissions, ...said, ...moved }
}
