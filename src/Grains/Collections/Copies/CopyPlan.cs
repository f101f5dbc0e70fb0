using System.Collections.Immutable;
using GifShare.Collections;
using GifShare.Grains.Gifs;
using Npgsql;

namespace GifShare.Grains.Collections;

/// <summary>Which items a copy takes from its source, and which gifs of them must be copied.</summary>
public sealed class CopyPlan
{
    private ImmutableDictionary<GifId, GifId> mine = ImmutableDictionary<GifId, GifId>.Empty;

    public CopyPlan(UserId caller, CopySource source)
    {
        Caller = caller;
        var isMine = source.Owner == caller;
        IsAllowed = isMine || source.AllowCopies;
        // Own items are copied even while their gif, which belongs to another user, is hidden.
        Items = [.. source.Items.Where(item => isMine || item.IsShown).Select(item => (item.Gif, item.Note))];
        ToCopy = isMine ? [] : [.. source.Items.Where(item => item is { IsShown: true, IsOwn: true }).Select(item => item.Gif)];
        Taken = [.. source.Items.Select(item => item.Gif)];
    }

    public UserId Caller { get; }
    public bool IsAllowed { get; }
    public IReadOnlyList<(GifId Gif, string? Note)> Items { get; }
    public ImmutableArray<GifId> ToCopy { get; }

    /// <summary>Every gif the source returned.</summary>
    public ImmutableArray<GifId> Taken { get; }

    /// <summary>Gifs restored from the caller's trash, whose collections must be notified.</summary>
    public IReadOnlyList<GifId> Restored { get; private set; } = [];

    /// <summary>Copies the gifs for the caller, in the target's transaction, except those the target holds already.</summary>
    public async Task<Error?> Make(NpgsqlConnection connection, GifCopier gifs, ItemIndex index)
    {
        if (!(await gifs.Copy(connection, Caller, [.. ToCopy.Except(Held(index))])).Succeeded(out var copies, out var refusal))
            return refusal;
        (mine, Restored) = (copies.Mine, copies.Restored);
        return null;
    }

    /// <summary>The items that are not in the index yet, with copied gifs in place of the originals; gifs deleted meanwhile are left out.</summary>
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
