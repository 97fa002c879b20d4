import type { JSX } from "preact";

const paths = {
  chat: "M21 12a8 8 0 0 1-8 8H4l1.8-3.1A8 8 0 1 1 21 12Z",
  friends:
    "M16 19v-1a4 4 0 0 0-4-4H7a4 4 0 0 0-4 4v1M9.5 10.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM21 19v-1a4 4 0 0 0-3-3.9M15.5 3.6a3.5 3.5 0 0 1 0 6.8",
  rooms:
    "M7 7h10a5 5 0 0 1 4.9 6l-.7 3.6a2.9 2.9 0 0 1-5 1.4L14.5 16h-5l-1.7 2a2.9 2.9 0 0 1-5-1.4L2.1 13A5 5 0 0 1 7 7ZM8 10v4M6 12h4M15.5 11h.01M18 13h.01",
  settings:
    "M12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM19 12a7 7 0 0 0-.1-1.2l2-1.6-2-3.4-2.4 1a7 7 0 0 0-2-1.2L14 3h-4l-.5 2.6a7 7 0 0 0-2 1.2l-2.4-1-2 3.4 2 1.6a7 7 0 0 0 0 2.4l-2 1.6 2 3.4 2.4-1a7 7 0 0 0 2 1.2L10 21h4l.5-2.6a7 7 0 0 0 2-1.2l2.4 1 2-3.4-2-1.6.1-1.2Z",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM20 20l-4-4",
  globe:
    "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM3.5 9h17M3.5 15h17M12 3c2.5 2.7 3.5 5.7 3.5 9s-1 6.300-3.500 9c-2.500-2.700-3.500-5.700-3.500-9s1-6.300 3.500-9Z",
  send: "M5 12h13M12.500 5.500 19 12l-6.500 6.500",
  smile:
    "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM8.500 14.500c.8 1.200 2 1.900 3.500 1.900s2.700-.7 3.500-1.900M9 9.500h.01M15 9.500h.01",
  reply: "M9 14 4 9l5-5M4 9h9a7 7 0 0 1 7 7v3",
  edit: "M4 20h4L19.500 8.500a2.100 2.100 0 0 0-3-3L5 17v3ZM14.500 7.500l3 3",
  trash: "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5",
  undo: "M9 7H4V2M4.500 7A8.500 8.500 0 1 1 3.500 14",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  more: "M4.5 12h1M11.5 12h1M18.5 12h1",
  close: "M6 6l12 12M18 6 6 18",
  back: "M15 5l-7 7 7 7",
  down: "M6 9l6 6 6-6",
  arrowDown: "M12 5v14M6 13l6 6 6-6",
  check: "M5 12.500 10 17 19.500 7",
  checks: "M2 12.500 6.500 17 15 7.500M11 15.500l1.500 1.500L22 7",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 7v5l3 2",
  alert:
    "M12 8v5M12 16.500h.01M10.300 3.900 2.600 17.500A2 2 0 0 0 4.300 20.500h15.400a2 2 0 0 0 1.700-3L13.700 3.900a2 2 0 0 0-3.400 0Z",
  pin: "M9 4h6l-1 6 4 4H6l4-4-1-6ZM12 14v6",
  mute: "M6 16V11a6 6 0 0 1 9.500-4.900M18 11v5l1 1M4 17h12M10 20a2 2 0 0 0 4 0M3 3l18 18",
  bell: "M6 16V11a6 6 0 1 1 12 0v5l1.500 2H4.500L6 16ZM10 20.500a2 2 0 0 0 4 0",
  plus: "M12 5v14M5 12h14",
  userPlus:
    "M15 19v-1a4 4 0 0 0-4-4H6a4 4 0 0 0-4 4v1M8.500 10.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7ZM19 8v6M16 11h6",
  block: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM5.600 5.600l12.800 12.800",
  eye: "M2.500 12S6 5.500 12 5.500 21.500 12 21.500 12 18 18.500 12 18.500 2.500 12 2.500 12ZM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z",
  lock: "M6 11h12v9H6zM8.500 11V8a3.500 3.500 0 0 1 7 0v3",
  crown: "M4 18h16M4 15l-1-8 5 4 4-6 4 6 5-4-1 8H4Z",
  link: "M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.700-5.700l-1.500 1.500M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.700 5.700l1.500-1.500",
  network: "M12 8V3M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8ZM8.500 14 4 18.500M15.500 14l4.500 4.500",
  sun: "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM12 2v2M12 20v2M4 12H2M22 12h-2M5 5l1.500 1.500M17.500 17.500 19 19M5 19l1.500-1.500M17.500 6.500 19 5",
  device: "M4 5h16v11H4zM9 20h6M12 16v4",
  info: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 11v5M12 8h.01",
  user: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4.500 20.500a7.500 7.500 0 0 1 15 0",
  keyboard: "M3 6h18v12H3zM7 10h.01M11 10h.01M15 10h.01M8 14h8",
  exit: "M10 4H5v16h5M15 8l4 4-4 4M19 12H9",
  file: "M6 3h8l4 4v14H6zM14 3v4h4",
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name, size = 20 }: { name: IconName; size?: number }): JSX.Element {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 24 24" fill="none" aria-hidden="true" focusable="false">
      <path d={paths[name]} stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round" />
    </svg>
  );
}

export function Logo({ size = 32 }: { size?: number }): JSX.Element {
  return <img class="logo" src="/favicon.svg" width={size} height={size} alt="" />;
}
