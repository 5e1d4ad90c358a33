import type { Scope } from '@octavo/base'
import type { EngineDefaults, EnginePorts } from '@octavo/core'

/** Something worth telling at start, in one line. */
export interface Notice {
  /** Stable word for programs. */
  readonly code: string
  /** What, where and the next step. */
  readonly message: string
}

/** All that an engine is built from. */
export interface Composition {
  readonly ports: EnginePorts
  readonly defaults: EngineDefaults
  /** Told as warnings of every thread, after it is configured. */
  readonly notices: readonly Notice[]
}

/**
 * A way to put an engine together. Nothing happens until {@link createOctavo} calls `compose`; what it acquires belongs to `scope`,
 * which ends with the Octavo it was made for.
 */
export interface Preset {
  readonly name: string
  compose(scope: Scope): Promise<Composition>
}
