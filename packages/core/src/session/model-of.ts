import { describeError } from '@octavo/base'
import type { ModelInfo, ModelPrice, ModelProvider } from '@octavo/extension-api'
import type { ThreadSettings } from '@octavo/protocol'
import type { EnginePorts } from '../engine/ports.ts'
import { TurnError } from '../errors/turn-error.ts'

type Chosen = Pick<ThreadSettings, 'provider' | 'model'>
type Providers = Pick<EnginePorts, 'providers'>

/** @throws TurnError `provider_failed` when the provider cannot say what its model is */
export function modelOf(
  { provider: id, model: slug }: Chosen,
  { providers }: Providers,
): { readonly provider: ModelProvider; readonly model: ModelInfo } {
  const provider = providers.find((one) => one.id === id)
  if (provider === undefined) throw new Error(`no provider ${id}`) // checked when the thread was loaded
  try {
    return { provider, model: provider.model(slug) }
  } catch (cause) {
    const message = `model provider ${id} could not say what model ${slug} is: ${describeError(cause)}`
    throw new TurnError('provider_failed', message, { cause, data: { provider: id, model: slug } })
  }
}

/** For what goes on without knowing the model: a turn that needs it fails with the reason. */
export function modelIfKnown(chosen: Chosen, ports: Providers): ModelInfo | null {
  try {
    return modelOf(chosen, ports).model
  } catch {
    return null
  }
}

/** The host's price for a model, else the catalogue's. */
export function priceFor(model: ModelInfo, prices: Readonly<Record<string, ModelPrice>> | undefined): ModelPrice | null {
  return prices?.[model.slug] ?? model.price ?? null
}
