import type * as Sqlite from 'node:sqlite'

/**
 * The platform's SQLite, loaded on first use. Node 22 warns that it is experimental; that one warning is held back while it loads,
 * all others pass. `@octavo/thread-store` has the same: adapters do not import each other, and what lies below them knows no Node.
 */
export function loadSqlite(): typeof Sqlite {
  const { emitWarning } = process
  process.emitWarning = (warning: string | Error, ...rest: unknown[]) => {
    if (rest[0] === 'ExperimentalWarning' && String(warning).includes('SQLite')) return
    Reflect.apply(emitWarning, process, [warning, ...rest])
  }
  try {
    return process.getBuiltinModule('node:sqlite')
  } finally {
    process.emitWarning = emitWarning
  }
}
