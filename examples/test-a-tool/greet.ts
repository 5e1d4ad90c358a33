import { defineTool } from '@octavo/extension-api'
import * as z from 'zod'

export const greet = defineTool({
  name: 'greet',
  description: 'Greets somebody by name',
  input: z.object({ name: z.string() }),
  execute: ({ name }) => `Hello ${name}`,
})
