import type { AbsolutePath } from '@octavo/base'

/** What a value of the configuration may be, as data. A shape checks nothing itself; `@octavo/config` walks it. */
export type Shape =
  | TextShape
  | FlagShape
  | IntegerShape
  | ChoiceShape
  | PathShape
  | ListShape
  | TableShape
  | MapShape
  | EitherShape
  | AnyShape

interface Described {
  /** One sentence for the reference page, and the default where it is not "none". */
  readonly about?: string
}

/** Any string. `aliases` are older spellings, read as their value. */
export interface TextShape extends Described {
  readonly kind: 'text'
  readonly aliases?: Readonly<Record<string, string>>
}

export interface FlagShape extends Described {
  readonly kind: 'flag'
}

/** A whole number in `min`…`max`, both included; without `max`, up to 2^53 − 1. */
export interface IntegerShape extends Described {
  readonly kind: 'integer'
  readonly min: number
  readonly max?: number
}

/** One of `values`. */
export interface ChoiceShape<T extends string = string> extends Described {
  readonly kind: 'choice'
  readonly values: readonly T[]
  readonly aliases?: Readonly<Record<string, T>>
}

/** A file or directory; a relative one starts at the directory of the file it is written in, `~/` at the user's home. */
export interface PathShape extends Described {
  readonly kind: 'path'
}

export interface ListShape<T = unknown> extends Described {
  readonly kind: 'list'
  readonly of: ShapeOf<T>
}

/** Fixed keys, all optional. A key that is not listed is kept, and told. */
export interface TableShape<T = unknown> extends Described {
  readonly kind: 'table'
  readonly keys: { readonly [K in keyof T]-?: ShapeOf<Exclude<T[K], undefined>> }
}

/** Keys the user chooses. */
export interface MapShape<T = unknown> extends Described {
  readonly kind: 'map'
  readonly of: ShapeOf<T>
}

/** A value of one of several shapes, tried in order. Layers replace it whole. */
export interface EitherShape extends Described {
  readonly kind: 'either'
  readonly shapes: readonly Shape[]
  /** Completes "expected …". */
  readonly expected: string
}

/**
 * A key of the reference engine whose value is not looked at. `unapplied` finishes the sentence told when it is set, for keys that
 * somebody relies on for safety.
 */
export interface AnyShape extends Described {
  readonly kind: 'any'
  readonly unapplied?: string
}

/** The shape a type must have, so that a section's interface and its data cannot drift apart. */
export type ShapeOf<T> = unknown extends T
  ? Shape
  : [T] extends [boolean]
    ? FlagShape
    : [T] extends [number]
      ? IntegerShape
      : [T] extends [AbsolutePath]
        ? PathShape
        : [T] extends [string]
          ? string extends T
            ? TextShape
            : ChoiceShape<T>
          : [T] extends [readonly (infer Each)[]]
            ? ListShape<Each>
            : IsUnion<T> extends true
              ? EitherShape
              : string extends keyof T
                ? MapShape<T[keyof T]>
                : TableShape<T>

type IsUnion<T, Whole = T> = T extends Whole ? ([Whole] extends [T] ? false : true) : never
