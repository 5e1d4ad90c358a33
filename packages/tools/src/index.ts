export { applyPatchTool } from './apply-patch/index.ts'
export { createImagePreparer, type ImagePreparerOptions, viewImageTool } from './image/index.ts'
export { updatePlanTool } from './plan/index.ts'
