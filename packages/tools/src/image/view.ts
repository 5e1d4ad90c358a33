import type { AbsolutePath } from '@octavo/base'
import { describeError, joinPath, OctavoError, throwIfCancelled, toDataUrl } from '@octavo/base'
import type { PlanContext, ToolContext, ToolOutput, ToolPlan } from '@octavo/extension-api'
import { IMAGE_LIMITS, MAX_IMAGE_BYTES, TURN_AUTHORITY, ToolFailure } from '@octavo/extension-api'
import type { ImageViewTurnItem, ItemId } from '@octavo/protocol'
import { readImageHeader } from './header.ts'
import type { ViewImageInput } from './spec.ts'

export function planViewImage({ path }: ViewImageInput, context: Pick<PlanContext, 'callId' | 'cwd' | 'modalities'>): ToolPlan {
  if (!context.modalities.includes('image')) return refuse('view_image cannot be used with this model: it takes text only')
  const file = resolveImage(context.cwd, path)
  // Items of calls bear the call's id.
  const item: ImageViewTurnItem = { type: 'imageView', id: context.callId as string as ItemId, path: file }
  return {
    kind: 'run',
    environmentId: null,
    effects: [{ kind: 'read', paths: [file] }],
    authority: TURN_AUTHORITY,
    item,
    onDenied: 'report',
  }
}

export async function viewImage(
  { path }: ViewImageInput,
  context: Pick<ToolContext, 'cwd' | 'workspace' | 'images' | 'signal'>,
): Promise<ToolOutput<never>> {
  const bytes = await readImage(resolveImage(context.cwd, path), context)
  if (readImageHeader(bytes) === null) throw new ToolFailure('unable to process image: invalid or unsupported image data')
  const prepared = await context.images.prepare(bytes, IMAGE_LIMITS, context.signal)
  if (prepared.kind === 'placeholder') return { content: prepared.text, success: false }
  const url = toDataUrl(prepared.mediaType, prepared.bytes)
  return { content: [{ type: 'input_image', image_url: url, detail: 'high' }], success: true }
}

async function readImage(path: AbsolutePath, { workspace, signal }: Pick<ToolContext, 'workspace' | 'signal'>): Promise<Uint8Array> {
  try {
    return await workspace.files.read(path, { maxBytes: MAX_IMAGE_BYTES })
  } catch (error) {
    throwIfCancelled(signal)
    throw new ToolFailure(readProblem(error, path), { cause: error })
  }
}

function readProblem(error: unknown, path: AbsolutePath): string {
  const code = OctavoError.is(error) ? error.code : null
  if (code === 'not_found') return `unable to locate image at \`${path}\`: No such file or directory (os error 2)`
  if (code === 'not_a_file') return `image path \`${path}\` is not a file`
  return `unable to read image at \`${path}\`: ${describeError(error)}`
}

/** @throws ToolFailure for a NUL character */
function resolveImage(cwd: AbsolutePath, path: string): AbsolutePath {
  try {
    return joinPath(cwd, path)
  } catch (error) {
    if (OctavoError.is(error)) throw new ToolFailure(error.message, { cause: error })
    throw error
  }
}

function refuse(content: string): ToolPlan {
  return { kind: 'answer', output: { content, success: false } }
}
