import type { DeltaPart, ItemId, TurnItem } from '@octavo/protocol'

interface Said {
  readonly part: DeltaPart
  text: string
}

interface Open {
  item: TurnItem
  readonly said: Said[]
}

/** Items of the running turn that have started and not completed, with what their deltas have said so far. */
export class OpenItems {
  readonly #items = new Map<ItemId, Open>()

  has(id: ItemId): boolean {
    return this.#items.has(id)
  }

  start(item: TurnItem): void {
    this.#items.set(item.id, { item, said: [] })
  }

  /** False for an item that is not open. */
  update(item: TurnItem): boolean {
    const open = this.#items.get(item.id)
    if (open === undefined) return false
    open.item = item
    return true
  }

  /** False for an item that is not open. */
  delta(id: ItemId, part: DeltaPart, text: string): boolean {
    const open = this.#items.get(id)
    if (open === undefined) return false
    // What a command prints is kept by its terminal.
    if (part.kind === 'output') return true
    const known = open.said.find((said) => said.part.kind === part.kind && said.part.index === part.index)
    if (known === undefined) open.said.push({ part, text })
    else known.text += text
    return true
  }

  /** False for an item that was not open. */
  close(id: ItemId): boolean {
    return this.#items.delete(id)
  }

  /** The item as far as it has come; null when it is not open. */
  get(id: ItemId): TurnItem | null {
    const open = this.#items.get(id)
    return open === undefined ? null : soFar(open)
  }

  /** Oldest first. */
  list(): readonly TurnItem[] {
    return [...this.#items.values()].map(soFar)
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
