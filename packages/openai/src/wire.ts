import type { ModelInfo, ModelRequest } from '@octavo/extension-api'
import type { ModelEvent } from '@octavo/protocol'

/** Turns the data of one response's events into model events. */
export interface StreamDecoder {
  /**
   * Takes the data of one event and adds what it means to `out`; data that is no JSON object is passed over.
   *
   * @returns true when `completed` was added: what follows is not looked at
   * @throws ModelError when the server reports that the response failed; what was added before stays valid
   */
  push(data: string, out: ModelEvent[]): boolean
  /**
   * The stream ended. Adds `completed` when that was all the server had to say.
   *
   * @throws ModelError `stream_closed`
   */
  end(out: ModelEvent[]): void
}

/** One of the two APIs a server may speak. */
export interface Wire {
  /** Below the base URL. */
  readonly path: string
  /** The body of the request: plain JSON. */
  body(request: ModelRequest, row: ModelInfo): object
  decoder(request: ModelRequest): StreamDecoder
}
