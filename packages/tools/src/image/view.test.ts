import { CancelledError } from '@octavo/base'
import type { ImageLimits, ToolAttempt } from '@octavo/extension-api'
import { describe, expect, it } from 'vitest'
import { MemoryFiles } from '../../test/memory-files.ts'
import { planContext, toolContext } from '../../test/tool-context.ts'
import { createImagePreparer, viewImageTool } from './index.ts'

const GIF = new Uint8Array(Buffer.from('R0lGODlhAwAFAIAAAExpcf8AACH5BAUAAAAALAAAAAADAAUAAAIDjI9ZADs=', 'base64'))
const images = createImagePreparer({ loadResizer: () => Promise.reject(new Error('not needed')) })
const parse = (value: unknown) => viewImageTool.spec.input.parse(JSON.stringify(value))
const view = (files: MemoryFiles, path: string): Promise<ToolAttempt<unknown>> =>
  viewImageTool.execute({ path }, toolContext(files, { images }))

describe('view_image', () => {
  it('reads its arguments; a detail is understood and not advertised (F46)', () => {
    expect(parse({ path: 'a.png', extra: 1 })).toEqual({ ok: true, value: { path: 'a.png' } })
    expect(parse({ path: 'a.png', detail: 'original' })).toEqual({ ok: true, value: { path: 'a.png' } })
    expect(parse({})).toEqual({ ok: false, message: 'failed to parse function arguments: missing field `path`' })
    expect(parse({ path: 'a.png', detail: 'low' })).toEqual({
      ok: false,
      message:
        'failed to parse function arguments: view_image.detail only supports `high` or `original`; omit `detail` for default high resized behavior, got `low`',
    })
    expect(viewImageTool.spec.input.describe()).toMatchObject({ properties: { path: {} }, required: ['path'], additionalProperties: false })
  })

  it('plans to read one file, shown as an image', async () => {
    expect(await viewImageTool.plan({ path: 'sub/../a.gif' }, planContext(new MemoryFiles()))).toEqual({
      kind: 'run',
      environmentId: null,
      effects: [{ kind: 'read', paths: ['/w/a.gif'] }],
      authority: { level: 'turn', justification: null, prefixRule: [], additional: null },
      item: { type: 'imageView', id: 'call_1', path: '/w/a.gif' },
      onDenied: 'report',
    })
  })

  it('is refused for a model that takes text only', async () => {
    expect(await viewImageTool.plan({ path: 'a.gif' }, planContext(new MemoryFiles(), { modalities: ['text'] }))).toEqual({
      kind: 'answer',
      output: { content: 'view_image cannot be used with this model: it takes text only', success: false },
    })
  })

  it('gives the model the image as it was prepared', async () => {
    const asked: ImageLimits[] = []
    const context = toolContext(new MemoryFiles({ '/w/a.gif': GIF }), {
      images: { prepare: (bytes, limits, signal) => (asked.push(limits), images.prepare(bytes, limits, signal)) },
    })
    expect(await viewImageTool.execute({ path: 'a.gif' }, context)).toEqual({
      kind: 'done',
      output: {
        content: [{ type: 'input_image', image_url: `data:image/gif;base64,${Buffer.from(GIF).toString('base64')}`, detail: 'high' }],
        success: true,
      },
    })
    expect(asked).toEqual([{ maxSide: 2_048, maxPatches: 2_500 }])
  })

  it('reads no more of a file than 64 MiB', async () => {
    const asked: unknown[] = []
    class Asked extends MemoryFiles {
      override read(...[path, options]: Parameters<MemoryFiles['read']>): Promise<Uint8Array> {
        asked.push(options)
        return super.read(path, options)
      }
    }
    await view(new Asked({ '/w/a.gif': GIF }), 'a.gif')
    expect(asked).toEqual([{ maxBytes: 67_108_864 }])
  })

  it('an image that could not be made fit is a text', async () => {
    const large = GIF.slice()
    new DataView(large.buffer).setUint16(6, 9_000, true)
    expect(await view(new MemoryFiles({ '/w/a.gif': large }), 'a.gif')).toMatchObject({
      output: { content: expect.stringMatching(/^image content omitted because it is too large \(9000x5 pixels/), success: false },
    })
  })

  it.each([
    ['nothing there', 'no.png', 'unable to locate image at `/w/no.png`: No such file or directory (os error 2)'],
    ['a directory', 'd', 'image path `/w/d` is not a file'],
    ['a device (attack 106)', 'dev', 'image path `/w/dev` is not a file'],
    ['a file that may not be read', 'secret', 'unable to read image at `/w/secret`: read of /w/secret failed'],
    ['no image', 'text', 'unable to process image: invalid or unsupported image data'],
    ['a path with NUL', 'a\0b', 'path "/w/a\\u0000b" contains a NUL character'],
  ])('%s is told in words for the model', async (_, path, message) => {
    const files = new MemoryFiles({ '/w/d/x': '', '/w/text': 'hello', '/w/secret': GIF })
    files.device('/w/dev')
    files.failing.set('read /w/secret', 'denied')
    await expect(view(files, path)).rejects.toMatchObject({ name: 'ToolFailure', message })
  })

  it('an abort goes through', async () => {
    const signal = AbortSignal.abort(new CancelledError('interrupted'))
    const context = toolContext(new MemoryFiles(), { images, signal })
    await expect(viewImageTool.execute({ path: 'no' }, context)).rejects.toThrow(CancelledError)
  })
})
