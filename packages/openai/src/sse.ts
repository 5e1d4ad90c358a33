import { createParser } from 'eventsource-parser'

/** Cuts the text of an event stream into the data of its events. Comments, names and ids of events are passed over. */
export interface SseReader {
  /** The text comes in pieces, cut anywhere between characters; `onData` is called for every event a piece completes. */
  push(text: string): void
}

/** Longest event, in characters; a stream that goes beyond it is not one of events. */
const MAX_EVENT_CHARACTERS = 64 * 1024 * 1024

/** @param onTooLong called once, when an event is longer than 64 Mi characters; the reader is then of no more use */
export function createSseReader(onData: (data: string) => void, onTooLong: () => void): SseReader {
  const parser = createParser({
    maxBufferSize: MAX_EVENT_CHARACTERS,
    onEvent: ({ data }) => onData(data),
    onError: ({ type }) => {
      if (type === 'max-buffer-size-exceeded') onTooLong()
    },
  })
  return { push: (text) => parser.feed(text) }
}
