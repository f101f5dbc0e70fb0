namespace GifShare.Bench;

/// <summary>The parameters of a run.</summary>
internal sealed record Options(int Rounds, int Seconds, IReadOnlySet<string> Only, IReadOnlySet<string> Systems, bool Short)
{
    public const string Usage = "Usage: ./gifshare bench http [--short] [--rounds 3] [--seconds 8] [--only row,row…] [--systems a,b,c,d]";

    /// <summary>Connections of the closed-loop load.</summary>
    public const int Connections = 64;

    /// <summary>Seconds of warm-up before a system's first measured turn of a row.</summary>
    public int WarmUpSeconds => Short ? 2 : 4;

    /// <summary>Seconds of warm-up before every later turn.</summary>
    public const int TurnWarmUpSeconds = 1;

    public bool Wants(string row) => Only.Count == 0 || Only.Contains(row);

    /// <summary>Restricts a run to some systems; the goals are not evaluated then.</summary>
    public bool Takes(string system) => Systems.Count == 0 || Systems.Contains(system[1..2]);

    /// <exception cref="FormatException">An argument is invalid.</exception>
    public static Options Parse(string[] args)
    {
        var isShort = args.Contains("--short");
        var (rounds, seconds) = isShort ? (1, 2) : (3, 8);
        HashSet<string> only = [], systems = [];
        for (var i = 0; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "--short":
                    break;
                case "--rounds" when i + 1 < args.Length && int.TryParse(args[i + 1], out rounds) && rounds is > 0 and <= 20:
                case "--seconds" when i + 1 < args.Length && int.TryParse(args[i + 1], out seconds) && seconds is > 0 and <= 60:
                    i++;
                    break;
                case "--only" when i + 1 < args.Length:
                    only = [.. args[++i].Split(',', StringSplitOptions.RemoveEmptyEntries)];
                    break;
                case "--systems" when i + 1 < args.Length:
                    systems = [.. args[++i].Split(',', StringSplitOptions.RemoveEmptyEntries)];
                    break;
                default:
                    throw new FormatException($"{args[i]} is not understood. {Usage}");
            }
        }

        if (only.FirstOrDefault(name => !Plan.Names.Contains(name)) is { } unknown)
            throw new FormatException($"There is no row {unknown}; the rows are {string.Join(", ", Plan.Names)}.");
        return new(rounds, seconds, only, systems, isShort);
    }
}
