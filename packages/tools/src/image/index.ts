import type { ToolHandler } from '@octavo/extension-api'
import type { ViewImageInput } from './spec.ts'
import { viewImageSpec } from './spec.ts'
import { planViewImage, viewImage } from './view.ts'

export type { ImagePreparerOptions, Resizer, ResizerPipeline } from './prepare.ts'
export { createImagePreparer } from './prepare.ts'
export type { ViewImageInput } from './spec.ts'

/** The tool `view_image`: one image of the workspace, made fit by the `ImagePreparer` of the engine. */
export const viewImageTool: ToolHandler<ViewImageInput> = {
  spec: viewImageSpec,
  plan: planViewImage,
  execute: async (input, context) => ({ kind: 'done', output: await viewImage(input, context) }),
}
