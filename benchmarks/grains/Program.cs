using System.Diagnostics;
using System.Globalization;
using GifShare.Bench.Grains;

// The cost of Orleans in a single process, as the product runs it. "Per second of one core" counts the CPU time of this process alone, which
// makes it the figure least sensitive to other load on the machine.
const int Rounds = 5;
const int Grains = 100_000;
const double Turn = 0.25;
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is ["filter"])
{
    await FilterCost.Run(Turn);
    return;
}

var seconds = args is [var given] ? double.Parse(given) : 1.5;
var turn = Math.Min(Turn, seconds / 3);
Console.WriteLine($"Orleans {FileVersionInfo.GetVersionInfo(typeof(Grain).Assembly.Location).ProductVersion?.Split('+')[0]}, {Environment.ProcessorCount} cores, .NET {Environment.Version}, {Rounds} rounds of {seconds} s; best (worst). Load average at the start: {File.ReadAllText("/proc/loadavg").Split(' ')[0]}.");
await Calls.Run(Rounds, seconds, Grains);
Console.WriteLine();
await Activations.Run(Rounds, Grains);
Console.WriteLine();
Console.WriteLine("What a call pays for what a silo is given (two silos, one without, in turns; 100 callers):");
await SetupCosts.Run(turn);
Console.WriteLine();
Console.WriteLine("What telling hot grains and failures adds to the product's call filter:");
await FilterCost.Run(turn);
