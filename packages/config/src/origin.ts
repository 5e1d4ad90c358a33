import type { AbsolutePath } from '@octavo/base'

/**
 * Where a value came from. Lines and columns count from 1, columns in characters; `excerpt` is the line with a mark under the column, for
 * a terminal, without the values of keys that may hold a secret.
 */
export type Origin =
  | { readonly kind: 'default' }
  | { readonly kind: 'file'; readonly file: AbsolutePath; readonly line: number; readonly column: number; readonly excerpt: string }
  | { readonly kind: 'environment'; readonly variable: string }
  | { readonly kind: 'override'; readonly key: string }
  | { readonly kind: 'flag'; readonly flag: string }

/** `<file>:<line>:<column>`, `-c`, the flag, the variable, or `default`; never a value. */
export function describeOrigin(origin: Origin): string {
  switch (origin.kind) {
    case 'default':
      return 'default'
    case 'file':
      return `${origin.file}:${origin.line}:${origin.column}`
    case 'environment':
      return origin.variable
    case 'override':
      return '-c'
    case 'flag':
      return origin.flag
  }
}
