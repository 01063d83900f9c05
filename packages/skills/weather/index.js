const FORECAST = 'https://api.open-meteo.com/v1/forecast';
const GEOCODING = 'https://geocoding-api.open-meteo.com/v1/search';

/**
 * @param {{ place: string, days?: number }} args
 * @param {{ config: { forecast?: string, geocoding?: string } }} context
 */
export default async function weather({ place, days = 1 }, { config }) {
  const { results = [] } = await ask(config.geocoding ?? GEOCODING, { name: place, count: 1 });
  const [found] = results;
  if (!found) throw new Error(`There is no place "${place}"`);
  const { current, daily } = await ask(config.forecast ?? FORECAST, {
    latitude: found.latitude,
    longitude: found.longitude,
    timezone: found.timezone ?? 'UTC',
    forecast_days: days,
    current: 'temperature_2m,weather_code,wind_speed_10m',
    daily: 'weather_code,temperature_2m_min,temperature_2m_max,precipitation_sum',
  });
  return {
    place: [found.name, found.country].filter(Boolean).join(', '),
    now: { sky: sky(current.weather_code), celsius: current.temperature_2m, wind_kmh: current.wind_speed_10m },
    days: daily.time.map((date, day) => ({
      date,
      sky: sky(daily.weather_code[day]),
      min_celsius: daily.temperature_2m_min[day],
      max_celsius: daily.temperature_2m_max[day],
      rain_mm: daily.precipitation_sum[day],
    })),
  };
}

async function ask(endpoint, parameters) {
  const url = new URL(endpoint);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, String(value));
  const response = await fetch(url);
  if (!response.ok) throw new Error(`The weather service answered ${response.status}`);
  return response.json();
}

/** WMO code table 4677, as Open-Meteo uses it. */
function sky(code) {
  if (code === 0) return 'clear';
  if (code <= 2) return 'partly cloudy';
  if (code === 3) return 'overcast';
  if (code <= 48) return 'fog';
  if (code <= 57) return 'drizzle';
  if (code <= 67) return 'rain';
  if (code <= 77) return 'snow';
  if (code <= 82) return 'rain showers';
  if (code <= 86) return 'snow showers';
  return 'thunderstorm';
}
