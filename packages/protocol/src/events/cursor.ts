/** A place in a thread's event stream. Sequence numbers run 1, 2, 3… within an epoch, which is one loading of the thread. */
export interface Cursor {
  readonly epoch: string
  readonly seq: number
}
