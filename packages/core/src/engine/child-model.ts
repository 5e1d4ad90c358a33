import { UsageError } from '@octavo/base'
import type { DelegateRequest, ModelProvider } from '@octavo/extension-api'
import type { ThreadSettings } from '@octavo/protocol'

/**
 * Holds a request that names a model or an effort to what the provider says of them, and names what there is instead. A provider that
 * lists no models, or not even the parent's, is not asked.
 *
 * @throws UsageError `unknown_model`, `unknown_effort`; ModelError when the list cannot be had
 */
export async function checkChildModel(
  asked: DelegateRequest['settings'],
  own: ThreadSettings,
  parent: ThreadSettings,
  provider: ModelProvider,
  signal: AbortSignal,
): Promise<void> {
  const { known, efforts } = provider.model(own.model)
  if (asked?.model !== undefined && !known && provider.model(parent.model).known) {
    const listed = (await provider.listModels(signal)).map(({ slug }) => slug)
    if (listed.length > 0 && !listed.includes(own.model)) {
      throw new UsageError('unknown_model', `unknown model ${own.model}; there are ${listed.join(', ')}`, { data: { model: own.model } })
    }
  }
  const effort = asked?.effort ?? null
  if (effort !== null && efforts.length > 0 && !efforts.includes(effort)) {
    throw new UsageError('unknown_effort', `model ${own.model} knows no reasoning effort ${effort}; it knows ${efforts.join(', ')}`, {
      data: { model: own.model, effort },
    })
  }
}
