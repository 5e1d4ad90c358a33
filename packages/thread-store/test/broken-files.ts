import type { StoreFiles } from '@octavo/thread-store'

/** What a disk does with the next calls. */
interface Plan {
  /** Bytes that still fit; then a write keeps what fits and fails. */
  room: number
  /** Names of calls that fail, with the platform's code. */
  readonly failing: Map<keyof StoreFiles, string>
}

export interface BrokenFiles {
  readonly files: StoreFiles
  readonly plan: Plan
  /** Everything that changed something, in order; writes with their number of bytes. */
  readonly calls: string[]
}

/** Files that can be full or broken, and tell what was done to them. */
export function breakable(inner: StoreFiles): BrokenFiles {
  const plan: Plan = { room: Infinity, failing: new Map() }
  const calls: string[] = []
  const check = (name: keyof StoreFiles): void => {
    const code = plan.failing.get(name)
    if (code !== undefined) throw errno(code, name)
  }
  const files: StoreFiles = {
    ...inner,
    makeDirectory: async (path) => {
      check('makeDirectory')
      return await inner.makeDirectory(path)
    },
    open: async (path) => {
      check('open')
      return await inner.open(path)
    },
    list: async (path) => {
      check('list')
      return await inner.list(path)
    },
    syncDirectory: async (path) => {
      calls.push('syncDirectory')
      return await inner.syncDirectory(path)
    },
    append: async (path, options) => {
      check('append')
      const file = await inner.append(path, options)
      return {
        write: async (bytes) => {
          calls.push(`write ${bytes.length}`)
          const fits = bytes.subarray(0, Math.min(plan.room, bytes.length))
          plan.room -= fits.length
          if (fits.length > 0) await file.write(fits)
          if (fits.length < bytes.length) throw errno('ENOSPC', 'write')
        },
        datasync: async () => {
          calls.push('datasync')
          await file.datasync()
        },
        [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
      }
    },
  }
  return { files, plan, calls }
}

function errno(code: string, syscall: string): Error {
  const text = code === 'ENOSPC' ? 'no space left on device' : 'permission denied'
  return Object.assign(new Error(`${code}: ${text}, ${syscall}`), { code, syscall })
}
