import { readlinkSync } from 'node:fs'

/** Date and time zone of this machine, as its user would say them. `environment` may name another zone in `TZ`. */
export function localToday(now: number, environment: ReadonlyMap<string, string>): { readonly date: string; readonly timezone: string } {
  const moment = new Date(now)
  const parts = [moment.getFullYear(), moment.getMonth() + 1, moment.getDate()]
  return { date: parts.map((part) => String(part).padStart(2, '0')).join('-'), timezone: zoneName(environment) }
}

/** Asks the platform's own records first: the formatter that also knows costs 25 ms when it is first used. */
function zoneName(environment: ReadonlyMap<string, string>): string {
  return named(environment.get('TZ')) ?? linked() ?? Intl.DateTimeFormat().resolvedOptions().timeZone
}

/** `TZ` may hold a rule or a file instead of a name; then the formatter has to say. */
function named(zone: string | undefined): string | null {
  return zone !== undefined && /^:?(?:UTC|[A-Z][A-Za-z]+(?:\/[\w+-]+)+)$/.test(zone) ? zone.replace(':', '') : null
}

function linked(): string | null {
  try {
    return /\/zoneinfo\/(?:posix\/|right\/)?([A-Z][\w+/-]*)$/.exec(readlinkSync('/etc/localtime'))?.[1] ?? null
  } catch {
    return null // a copy instead of a link, or another platform
  }
}
