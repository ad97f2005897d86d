/** Three runners and what they hand on. */
export function Logo() {
  return (
    <svg aria-hidden viewBox="0 0 20 20" className="size-5 text-accent" fill="none">
      <rect x="1" y="1" width="18" height="18" rx="5" fill="currentColor" opacity="0.16" />
      <path
        d="M5 6.5h5.5M5 10h3M5 13.5h5.5M11 10h4m0 0-2.4-2.4M15 10l-2.4 2.4"
        stroke="currentColor"
        strokeWidth="1.6"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
