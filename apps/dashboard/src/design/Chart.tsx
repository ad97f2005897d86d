'use client';

import 'uplot/dist/uPlot.min.css';
import { useEffect, useId, useRef } from 'react';
import uPlot from 'uplot';

export interface Line {
  readonly label: string;
  /** A colour of the tokens, for instance `--good`. */
  readonly token: `--${string}`;
  readonly values: readonly (number | null)[];
  readonly filled?: boolean;
  /** Lets a line that runs under this one be seen. */
  readonly dashed?: boolean;
}

export interface ChartProps {
  readonly label: string;
  /** Unix times, in seconds. */
  readonly times: readonly number[];
  readonly lines: readonly Line[];
  readonly format: (value: number) => string;
  readonly height?: number;
}

/** Lines over time on a canvas, and in words for who cannot see it. */
export default function Chart({ label, times, lines, format, height = 180 }: ChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const words = useId();
  const empty = lines.every(({ values }) => values.every((value) => value === null));
  const shape = lines.map((line) => `${line.label} ${line.token}`).join();
  const data = useRef<uPlot.AlignedData>([[]]);
  data.current = [[...times], ...lines.map(({ values }) => [...values])];
  const options = useRef({ lines, format, height });
  options.current = { lines, format, height };

  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    const draw = () => {
      plot.current?.destroy();
      plot.current = new uPlot(plotOptions(element, options.current), data.current, element);
    };
    draw();
    const fit = new ResizeObserver(() =>
      plot.current?.setSize({ width: element.clientWidth, height: options.current.height }),
    );
    fit.observe(element);
    // The canvas holds colours, so another theme is another drawing.
    const theme = new MutationObserver(draw);
    theme.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
    const system = window.matchMedia('(prefers-color-scheme: dark)');
    system.addEventListener('change', draw);
    return () => {
      fit.disconnect();
      theme.disconnect();
      system.removeEventListener('change', draw);
      plot.current?.destroy();
      plot.current = null;
    };
  }, [shape]);

  useEffect(() => plot.current?.setData(data.current));

  return (
    <div className="relative">
      <div ref={host} role="img" aria-label={label} aria-describedby={words} style={{ height }} />
      <p id={words} className="sr-only">
        {lines.map((line) => inWords(line, format)).join(' ')}
      </p>
      {empty && (
        <p className="absolute inset-0 grid place-items-center pb-6 text-[13px] text-ink-3">
          <span className="bg-surface px-2">Nothing in this time</span>
        </p>
      )}
    </div>
  );
}

/** For example `Oldest: 4 s at last, between 0 s and 12 s.` */
function inWords({ label, values }: Line, format: (value: number) => string): string {
  const known = values.filter((value) => value !== null);
  const last = known.at(-1);
  if (last === undefined) return `${label}: nothing.`;
  const [least, most] = [Math.min(...known), Math.max(...known)].map(format);
  return `${label}: ${format(last)} at last, between ${least} and ${most}.`;
}

function plotOptions(
  element: HTMLElement,
  { lines, format, height }: Pick<ChartProps, 'lines' | 'format'> & { height: number },
): uPlot.Options {
  const axis: uPlot.Axis = {
    stroke: colourOf(element, '--ink-3'),
    font: '11px "Geist Variable", sans-serif',
    grid: { stroke: colourOf(element, '--line'), width: 1 },
    ticks: { show: false },
  };
  return {
    width: element.clientWidth,
    height,
    legend: { show: false },
    cursor: { y: false, points: { size: 6 }, drag: { setScale: false } },
    padding: [12, 18, 0, 0],
    scales: { y: { range: (_, __, max) => [0, Math.max(4, max * 1.1)] } },
    axes: [
      {
        ...axis,
        grid: { show: false },
        space: 80,
        size: 26,
        values: (_, ticks) => ticks.map(minuteOf),
      },
      { ...axis, size: 48, space: 40, values: (_, ticks) => ticks.map(format) },
    ],
    series: [{}, ...lines.map((line) => lineOptions(element, line))],
  };
}

function lineOptions(element: HTMLElement, { label, token, filled, dashed }: Line): uPlot.Series {
  const colour = colourOf(element, token);
  return {
    label,
    stroke: colour,
    width: 1.5,
    points: { show: true, size: 5, fill: colour, width: 0, filter: lonely },
    ...(dashed ? { dash: [5, 4] } : {}),
    ...(filled ? { fill: colour.replace('rgb(', 'rgba(').replace(')', ', 0.12)') } : {}),
  };
}

/** Points without a neighbour: a line would not show them. */
function lonely(plot: uPlot, index: number): number[] {
  const values = plot.data[index] ?? [];
  return [...values].flatMap((value, at) =>
    value != null && values[at - 1] == null && values[at + 1] == null ? [at] : [],
  );
}

function minuteOf(seconds: number): string {
  return new Date(seconds * 1000).toLocaleTimeString('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
  });
}

/** What a token is in this theme: only the browser can resolve `light-dark()`. */
function colourOf(element: HTMLElement, token: string): string {
  const probe = document.createElement('i');
  probe.style.color = `var(${token})`;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
