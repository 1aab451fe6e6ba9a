/** Numbers as Python's format specifications write them: halves are rounded to even. */

/** Digits that show whether a number lies exactly between two. */
const BEYOND = 60;

/** Return digits without the last `extra`, rounded; exact halves go to the even digit. */
function rounded(digits: string, kept: number): bigint {
  const head = BigInt(digits.slice(0, kept) || "0");
  const tail = digits.slice(kept);
  const half = `5${"0".repeat(Math.max(0, tail.length - 1))}`;
  const up = tail > half || (tail === half && head % 2n === 1n);
  return up ? head + 1n : head;
}

/** Return `f"{value:.{decimals}f}"`. */
export function fixed(value: number, decimals: number): string {
  if (!Number.isFinite(value)) return String(value).toLowerCase().replace("infinity", "inf");
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const size = Math.abs(value);
  if (size >= 1e21)
    return sign + BigInt(size).toString() + (decimals ? `.${"0".repeat(decimals)}` : "");
  const exact = size.toFixed(Math.min(100, decimals + BEYOND));
  const point = exact.indexOf(".");
  const digits = exact.replace(".", "");
  const all = rounded(digits, point + decimals)
    .toString()
    .padStart(decimals + 1, "0");
  const whole = all.slice(0, all.length - decimals);
  return sign + whole + (decimals ? `.${all.slice(-decimals)}` : "");
}

/** Return the digits of a number with `num` significant ones, and its power of ten. */
function significant(size: number, num: number): [digits: string, power: number] {
  const [mantissa = "0", exponent = "0"] = size
    .toExponential(Math.min(100, num - 1 + BEYOND))
    .split("e");
  let power = Number(exponent);
  let digits = rounded(mantissa.replace(".", ""), num).toString().padStart(num, "0");
  if (digits.length > num) {
    digits = digits.slice(0, num);
    power += 1;
  }
  return [digits, power];
}

const trimmed = (text: string): string =>
  text.includes(".") ? text.replace(/0+$/, "").replace(/\.$/, "") : text;

/** Return `f"{value:.{digits}g}"`. */
export function general(value: number, digits: number): string {
  if (!Number.isFinite(value)) return fixed(value, 0);
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  if (value === 0) return `${sign}0`;
  const [all, power] = significant(Math.abs(value), digits);
  if (power < -4 || power >= digits) {
    const mantissa = trimmed(`${all[0]}.${all.slice(1)}`);
    const size = Math.abs(power).toString().padStart(2, "0");
    return `${sign}${mantissa}e${power < 0 ? "-" : "+"}${size}`;
  }
  if (power < 0) return sign + trimmed(`0.${"0".repeat(-power - 1)}${all}`);
  return sign + trimmed(`${all.slice(0, power + 1)}.${all.slice(power + 1)}`);
}

/** Return a number as digits and a power of ten, as 1.5e-7; at most 12 significant digits. */
export function exponent(value: number): string {
  if (value === 0) return "0";
  const [digits, power] = significant(Math.abs(value), 12);
  const mantissa = trimmed(`${digits[0]}.${digits.slice(1)}`);
  return `${value < 0 ? "-" : ""}${mantissa}e${power}`;
}

/** Return a number's text with a comma between thousands. */
export function grouped(text: string): string {
  const [whole = "", ...rest] = text.split(".");
  return [whole.replace(/\B(?=(\d{3})+$)/g, ","), ...rest].join(".");
}

/** Return the shortest text of a float32 that reads as the same number. */
export function exact(value: number): string {
  for (let digits = 1; digits < 17; digits++) {
    const text = general(value, digits);
    if (Math.fround(Number(text)) === Math.fround(value)) return text;
  }
  return String(value);
}
