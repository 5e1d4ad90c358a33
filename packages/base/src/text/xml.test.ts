import { expect, test } from 'vitest'
import { escapeXml } from './xml.ts'

test('the five special characters become entities, and nothing else changes', () => {
  expect(escapeXml(`<a href="x">Tom & 'Jerry' ü</a>`)).toBe('&lt;a href=&quot;x&quot;&gt;Tom &amp; &apos;Jerry&apos; ü&lt;/a&gt;')
})
