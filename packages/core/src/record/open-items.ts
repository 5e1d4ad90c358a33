import type { DeltaPart, ItemId, TurnItem } from '@octavo/protocol'

interface Said {
  readonly part: DeltaPart
  text: string
}

interface Open {
  item: TurnItem
  readonly said: Said[]
}

/** Whose an item is: the running turn's, or nobody's any more. */
export type ItemPlace = 'turn' | 'left'

/**
 * Items that have started and not completed: those of the running turn, with what their deltas have said so far, and those that their turn
 * has left behind. What is told of any other item is told by work that nobody waits for, and is not heard.
 */
export class OpenItems {
  readonly #items = new Map<ItemId, Open>()
  readonly #left = new Map<ItemId, TurnItem>()

  /** Null for an item that is not open. */
  placeOf(id: ItemId): ItemPlace | null {
    return this.#items.has(id) ? 'turn' : this.#left.has(id) ? 'left' : null
  }

  start(item: TurnItem): void {
    this.#items.set(item.id, { item, said: [] })
  }

  update(item: TurnItem): void {
    const open = this.#items.get(item.id)
    if (open !== undefined) open.item = item
    else if (this.#left.has(item.id)) this.#left.set(item.id, item)
  }

  delta(id: ItemId, part: DeltaPart, text: string): void {
    // What a command prints is kept by its terminal.
    const open = part.kind === 'output' ? undefined : this.#items.get(id)
    if (open === undefined) return
    const known = open.said.find((said) => said.part.kind === part.kind && said.part.index === part.index)
    if (known === undefined) open.said.push({ part, text })
    else known.text += text
  }

  close(id: ItemId): void {
    this.#items.delete(id)
    this.#left.delete(id)
  }

  /** The turn ends while the item lives on. */
  leave(id: ItemId): void {
    const open = this.#items.get(id)
    if (open === undefined) return
    this.#items.delete(id)
    this.#left.set(id, soFar(open))
  }

  /** The item as far as it has come; null when it is not open. */
  get(id: ItemId): TurnItem | null {
    const open = this.#items.get(id)
    return open === undefined ? null : soFar(open)
  }

  /** Of the running turn, oldest first. */
  list(): readonly TurnItem[] {
    return [...this.#items.values()].map(soFar)
  }

  /** Those that no turn has any more, oldest first. */
  left(): readonly TurnItem[] {
    return [...this.#left.values()]
  }
}

function soFar({ item, said }: Open): TurnItem {
  if (said.length === 0) return item
  if (item.type === 'agentMessage') return { ...item, text: item.text + textsOf(said, 'text').join('') }
  if (item.type === 'reasoning') return { ...item, summary: textsOf(said, 'reasoningSummary'), raw: textsOf(said, 'reasoningRaw') }
  return item
}

/** Texts of one kind of part, by index; a part nobody spoke of is empty. */
function textsOf(said: readonly Said[], kind: DeltaPart['kind']): readonly string[] {
  const texts: string[] = []
  for (const { part, text } of said) if (part.kind === kind) texts[part.index] = text
  return Array.from(texts, (text) => text ?? '')
}
