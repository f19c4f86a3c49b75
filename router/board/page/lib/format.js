// Figures and times as people read them. Money and spans read as `lead-router explain` writes them.
import { now } from "./clock.js";
import { h } from "./dom.js";

const EXPONENTS = {
  CLP: 0,
  ISK: 0,
  JPY: 0,
  KRW: 0,
  PYG: 0,
  UGX: 0,
  VND: 0,
  XAF: 0,
  XOF: 0,
  BHD: 3,
  JOD: 3,
  KWD: 3,
  OMR: 3,
  TND: 3,
};
const whole = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });
const clockTime = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});
const shortTime = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const dayTime = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
});
const yearTime = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
});

export const NONE = "–";
const MINUS = "\u2212";

/** `12,345`, or a dash for what is not known. */
export function count(number) {
  return number === null || number === undefined ? NONE : whole.format(number).replace("-", MINUS);
}

/** `1 lead`, `12 leads`. */
export function counted(number, noun) {
  return `${count(number)} ${number === 1 ? noun : `${noun}s`}`;
}

/** `EUR 24,000` from minor units; cents only where there are any. */
export function money(minor, currency) {
  if (minor === null || minor === undefined) return NONE;
  const unit = 10 ** (EXPONENTS[currency] ?? 2);
  const size = Math.abs(minor);
  const rest = Math.round(size % unit);
  const cents = rest ? `.${String(rest).padStart(String(unit).length - 1, "0")}` : "";
  return `${currency ?? ""} ${minor < 0 ? "-" : ""}${whole.format(Math.floor(size / unit))}${cents}`.trim();
}

/** The same in whole units, where cents would only be noise. */
export function roughMoney(minor, currency) {
  const unit = 10 ** (EXPONENTS[currency] ?? 2);
  return money(
    minor === null || minor === undefined ? minor : Math.round(minor / unit) * unit,
    currency,
  );
}

/** `320 ms`, `4.2 s`, `45 s`, `5 min`, `4 h 10 min`, `2 d 3 h`. */
export function span(seconds) {
  if (seconds === null || seconds === undefined) return NONE;
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 10) return `${Math.round(seconds * 10) / 10} s`;
  if (seconds < 120) return `${Math.floor(seconds)} s`;
  const minutes = Math.floor(seconds / 60),
    hours = Math.floor(minutes / 60),
    days = Math.floor(hours / 24);
  if (days) return hours % 24 ? `${days} d ${hours % 24} h` : `${days} d`;
  if (hours) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  return `${minutes} min`;
}

/** `940 B`, `1.2 kB`. */
export function bytes(size) {
  if (size === null || size === undefined) return NONE;
  if (size < 1000) return `${size} B`;
  return size < 1_000_000
    ? `${(size / 1000).toFixed(1)} kB`
    : `${(size / 1_000_000).toFixed(1)} MB`;
}

/** Thousandths of a turn as turns: `0.79`. */
export function turns(milli) {
  return milli === null || milli === undefined
    ? NONE
    : (milli / 1000).toFixed(2).replace("-", MINUS);
}

/** `14:02` of a time, for axes. */
export function hourMinute(iso) {
  return shortTime.format(new Date(iso));
}

/** Local time as short as its distance allows; the whole of it in UTC is the title. */
export function time(iso) {
  return told("at", iso);
}

const UTC_TIME = /(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) UTC/;

/** Text of `explain`, which writes UTC, as nodes with local times: a card has one clock. */
export function localTimes(text) {
  const parts = text.split(UTC_TIME);
  const nodes = [parts[0]];
  for (let place = 1; place < parts.length; place += 3)
    nodes.push(time(`${parts[place]}T${parts[place + 1]}Z`), parts[place + 2]);
  return nodes;
}

/** The zone of local times: `Europe/Berlin`. */
export function zone() {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** `3 min ago`, kept true by the clock. */
export function ago(iso) {
  return told("ago", iso);
}

/** `in 4 min`, or `2 min over`. */
export function until(iso) {
  return told("until", iso);
}

/** `2 h 4 min`: how long something has lasted. */
export function since(iso) {
  return told("since", iso);
}

function told(how, iso) {
  if (!iso) return NONE;
  return h("time", { datetime: iso, "data-told": how, title: utc(iso) }, tell(how, iso));
}

/** The words of a `<time data-told>`. */
export function tell(how, iso) {
  const at_ms = Date.parse(iso),
    seconds = (now() - at_ms) / 1000;
  if (Number.isNaN(at_ms)) return NONE;
  if (how === "at") return local(at_ms);
  if (how === "since") return rough(Math.max(0, seconds));
  if (how === "until") return seconds < 0 ? `in ${rough(-seconds)}` : `${rough(seconds)} over`;
  return seconds < 1.5 ? "now" : `${rough(seconds)} ago`;
}

function rough(seconds) {
  return span(seconds < 1 ? 1 : seconds < 120 ? Math.floor(seconds) : seconds);
}

function local(at_ms) {
  const then = new Date(at_ms),
    today = new Date(now());
  if (then.toDateString() === today.toDateString()) return clockTime.format(then);
  return (then.getFullYear() === today.getFullYear() ? dayTime : yearTime).format(then);
}

function utc(iso) {
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
}
