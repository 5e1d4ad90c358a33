/** Date and time zone of this machine, as its user would say them. */
export function localToday(now: number): { readonly date: string; readonly timezone: string } {
  const moment = new Date(now)
  const pad = (value: number): string => String(value).padStart(2, '0')
  return {
    date: `${moment.getFullYear()}-${pad(moment.getMonth() + 1)}-${pad(moment.getDate())}`,
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  }
}
