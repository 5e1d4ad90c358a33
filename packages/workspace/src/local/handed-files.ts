import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CommandSpec } from '@octavo/extension-api'

/** Descriptors of a command that is started where only a terminal can be handed over. */
export interface HandedFiles {
  /** Opens the descriptors, then becomes the command. */
  readonly argv: readonly string[]
  report(): string
  close(): void
}

const maxReportBytes = 64 * 1024

/**
 * A shell opens the descriptors again through `/proc`, from files of ours that bear no name any more: no path leads to them, so nothing
 * inside a sandbox can change what is reported. Linux only, for descriptors 3 to 9.
 */
export function handOver({ argv, descriptors }: CommandSpec): HandedFiles {
  if (descriptors.length === 0) return { argv, report: () => '', close: () => {} }
  const files = descriptors.map((descriptor) => ({ descriptor, own: openNameless() }))
  for (const { descriptor, own } of files) if (descriptor.kind === 'bytes') writeSync(own, descriptor.bytes)
  const redirections = files.map(
    ({ descriptor: { fd, kind }, own }) => `${fd}${kind === 'bytes' ? '<' : '>'}/proc/${process.pid}/fd/${own}`,
  )
  const report = files.find(({ descriptor }) => descriptor.kind === 'report')?.own
  let isOpen = true
  let reported = ''
  const read = (): string => {
    if (isOpen && report !== undefined) reported = readFrom(report)
    return reported
  }
  return {
    argv: ['/bin/sh', '-c', `exec "$@" ${redirections.join(' ')}`, 'sh', ...argv],
    report: read,
    close: () => {
      read()
      if (isOpen) for (const { own } of files) closeSync(own)
      isOpen = false
    },
  }
}

function openNameless(): number {
  const directory = mkdtempSync(join(tmpdir(), 'octavo-'))
  try {
    return openSync(join(directory, 'file'), 'wx+', 0o600)
  } finally {
    rmSync(directory, { recursive: true })
  }
}

function readFrom(fd: number): string {
  const bytes = Buffer.alloc(maxReportBytes)
  return bytes.toString('latin1', 0, readSync(fd, bytes, 0, bytes.length, 0))
}
