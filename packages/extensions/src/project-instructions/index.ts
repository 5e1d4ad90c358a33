export { projectInstructions, type ProjectInstructionsOptions } from './project-instructions.ts'
