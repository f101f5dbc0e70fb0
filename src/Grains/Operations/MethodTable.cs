using System.Numerics;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace GifShare.Grains.Operations;

/// <summary>Type figures by interface method: a look-up of a few nanoseconds, by identity. Never changed; <see cref="With"/> makes another.</summary>
internal sealed class MethodTable
{
    private readonly (MethodInfo? Method, TypeFigures? Figures)[] slots;
    private readonly int count;

    public MethodTable() : this(8, 0)
    {
    }

    private MethodTable(int size, int count) => (slots, this.count) = (new (MethodInfo?, TypeFigures?)[size], count);

    public bool TryGet(MethodInfo method, out TypeFigures? figures)
    {
        var all = slots;
        for (var i = RuntimeHelpers.GetHashCode(method) & (all.Length - 1); ; i = (i + 1) & (all.Length - 1))
        {
            ref readonly var slot = ref all[i];
            if (ReferenceEquals(slot.Method, method))
            {
                figures = slot.Figures;
                return true;
            }

            if (slot.Method is null)
            {
                figures = null;
                return false;
            }
        }
    }

    public MethodTable With(MethodInfo method, TypeFigures? figures)
    {
        // At most a quarter full, so that most are found at the first place.
        var larger = new MethodTable((int)BitOperations.RoundUpToPowerOf2((uint)(count + 2) * 4), count + 1);
        foreach (var (known, value) in slots)
            if (known is not null)
                larger.Put(known, value);
        larger.Put(method, figures);
        return larger;
    }

    private void Put(MethodInfo method, TypeFigures? figures)
    {
        var i = RuntimeHelpers.GetHashCode(method) & (slots.Length - 1);
        while (slots[i].Method is not null)
            i = (i + 1) & (slots.Length - 1);
        slots[i] = (method, figures);
    }
}
