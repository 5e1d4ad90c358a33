import type { Command } from '../main.ts'
export const applyPatch: Command = async () => 0
