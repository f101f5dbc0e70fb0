using System.Collections.Immutable;
using GifShare.Collections;
using GifShare.Grains.Gifs;
using Npgsql;

namespace GifShare.Grains.Collections;

/// <summary>What is taken from a source, and what becomes of it.</summary>
public sealed class CopyPlan
{
    private ImmutableDictionary<GifId, GifId> mine = ImmutableDictionary<GifId, GifId>.Empty;

    public CopyPlan(UserId caller, CopySource source)
    {
        Caller = caller;
        var isMine = source.Owner == caller;
        IsAllowed = isMine || source.AllowCopies;
        // What one keeps oneself is taken along also while it is hidden.
        Items = [.. source.Items.Where(item => isMine || item.IsShown).Select(item => (item.Gif, item.Note))];
        ToCopy = isMine ? [] : [.. source.Items.Where(item => item is { IsShown: true, IsOwn: true }).Select(item => item.Gif)];
        Taken = [.. source.Items.Select(item => item.Gif)];
    }

    public UserId Caller { get; }
    public bool IsAllowed { get; }
    public IReadOnlyList<(GifId Gif, string? Note)> Items { get; }
    public ImmutableArray<GifId> ToCopy { get; }

    /// <summary>All that the source gave.</summary>
    public ImmutableArray<GifId> Taken { get; }

    /// <summary>Gifs that came back from the caller's trash, to be told back.</summary>
    public IReadOnlyList<GifId> Restored { get; private set; } = [];

    /// <summary>Makes gifs of the caller's own, in the transaction that takes them, of those that are not in the target as kept ones.</summary>
    public async Task<Error?> Make(NpgsqlConnection connection, GifCopier gifs, ItemIndex index)
    {
        if (!(await gifs.Copy(connection, Caller, [.. ToCopy.Except(Held(index))])).Succeeded(out var copies, out var refusal))
            return refusal;
        (mine, Restored) = (copies.Mine, copies.Restored);
        return null;
    }

    /// <summary>Those that are not in an index yet, as the caller's own where they are copied; what was deleted meanwhile is left out.</summary>
    public IReadOnlyList<(GifId Gif, string? Note)> Missing(ItemIndex index)
    {
        var (copied, held) = (ToCopy.ToHashSet(), Held(index));
        return
        [
            .. Items.Where(item => !held.Contains(item.Gif) && (!copied.Contains(item.Gif) || mine.ContainsKey(item.Gif)))
                .Select(item => (Gif: mine.GetValueOrDefault(item.Gif, item.Gif), item.Note))
                .DistinctBy(item => item.Gif).Where(item => !held.Contains(item.Gif)),
        ];
    }

    private static HashSet<GifId> Held(ItemIndex index)
    {
        HashSet<GifId> held = [];
        foreach (var item in index.Items)
            held.Add(new(item.Gif));
        return held;
    }
}
