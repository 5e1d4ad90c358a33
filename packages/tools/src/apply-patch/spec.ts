import { parseJson } from '@octavo/base'
import type { ToolInput, ToolSpec } from '@octavo/extension-api'
import { ARGUMENT_ERROR_PREFIX, FREEFORM_PARAMETERS } from '@octavo/extension-api'
import { asRecord, requiredString } from '../arguments.ts'
import { isPatchError } from './error.ts'
import { verificationFailed } from './format.ts'
import { parsePatch } from './parse.ts'
import type { Patch } from './patch.ts'

/** How the tool is offered: as text under a grammar, or as a function with one string. */
export type ApplyPatchForm = 'freeform' | 'function'

const DESCRIPTION = `Changes files: creates, edits, moves and deletes them. The input is one patch of this form, and nothing around it:

*** Begin Patch
*** Add File: path/new.txt
+every line of a new file begins with a plus sign
*** Update File: path/edited.ts
@@ function nearby() {
 a line that stays begins with a space
-a line that goes begins with a minus sign
+a line that comes begins with a plus sign
*** Update File: path/old-name.ts
*** Move to: path/new-name.ts
@@
-one
+two
*** Delete File: path/unwanted.txt
*** End Patch

A patch holds one section for each file, and a section of an existing file holds one chunk for each place, in the order of the file. \
Lines that stay and lines that go must be in the file as written; give about three that stay before and after each change. Where they \
occur more than once, put a line that comes before them after "@@ ", such as the head of the function. A chunk without lines that stay \
or go is added at the end of the file. "*** End of File" after a chunk says that it is the end of the file. A move needs at least one \
chunk. Paths are relative to the working directory.`

/** The grammar of the format. The parser takes a little more than this, and less in places. */
const GRAMMAR = `start: begin_patch hunk+ end_patch
begin_patch: "*** Begin Patch" LF
end_patch: "*** End Patch" LF?

hunk: add_hunk | delete_hunk | update_hunk
add_hunk: "*** Add File: " filename LF add_line+
delete_hunk: "*** Delete File: " filename LF
update_hunk: "*** Update File: " filename LF change_move? change?

filename: /(.+)/
add_line: "+" /(.*)/ LF

change_move: "*** Move to: " filename LF
change: (change_context | change_line)+ eof_line?
change_context: ("@@" | "@@ " /(.+)/) LF
change_line: ("+" | "-" | " ") /(.*)/ LF
eof_line: "*** End of File" LF

%import common.LF
`

/** What the model sees of the tool in one form. */
export function applyPatchSpec(form: ApplyPatchForm): ToolSpec<Patch> {
  return {
    namespace: null,
    name: 'apply_patch',
    description: DESCRIPTION,
    input: form === 'freeform' ? freeformInput : functionInput,
    exposure: 'direct',
    concurrency: 'exclusive',
    needsEnvironment: true,
  }
}

const freeformInput: ToolInput<Patch> = {
  format: 'freeform',
  describe: () => GRAMMAR,
  parse: (raw) => (/^\s*\{/.test(raw) ? parseArguments(raw) : parseText(patchInQuotes(raw) ?? raw)),
}

const functionInput: ToolInput<Patch> = {
  format: 'json',
  describe: () => FREEFORM_PARAMETERS,
  parse: (raw) => (/^\s*(?:\*\*\*|<<)/.test(raw) ? parseText(raw) : parseArguments(raw)),
}

/** No patch begins like JSON, so what does is meant as the arguments of a function. */
function parseArguments(raw: string): ReturnType<ToolInput<Patch>['parse']> {
  let text: string
  try {
    text = patchInQuotes(raw) ?? requiredString(asRecord(JSON.parse(raw === '' ? '{}' : raw)), 'input')
  } catch (error) {
    return { ok: false, message: ARGUMENT_ERROR_PREFIX + (error as Error).message }
  }
  return parseText(text)
}

/** The text of a JSON string; null for anything else. */
function patchInQuotes(raw: string): string | null {
  const parsed = /^\s*"/.test(raw) ? parseJson(raw) : null
  return parsed?.ok === true && typeof parsed.value === 'string' ? parsed.value : null
}

function parseText(text: string): ReturnType<ToolInput<Patch>['parse']> {
  try {
    return { ok: true, value: parsePatch(text) }
  } catch (error) {
    if (!isPatchError(error)) throw error
    return { ok: false, message: verificationFailed(error) }
  }
}
