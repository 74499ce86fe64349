package match

import (
	"math"
	"math/rand/v2"
	"slices"
	"sync"
)

// knobs are the choices that were made by measuring.
type knobs struct {
	shortest, longest int            // length of the pieces, in letters
	scale             [kinds]float64 // how much each kind of feature counts
	known             int            // in how many examples a feature must be to count
	wordShare         float64        // what one of a service's words counts, as a share of an example
	even              float64        // how far services with few examples are raised to those with many
	times             int            // how often everything is learnt, for the mean
	rounds            int            // how often the examples are gone through each time
	settled           int            // the last rounds, of which the mean is taken
	step              float64        // how far an example moves the weights, at first
	biasStep          float64        // the same for what a class has without any feature, as a share
	decay             float64        // how fast unused weight is lost
	forget            float64        // how much of an example is left out at a time, so that no one word decides alone
	sure              float64        // least score of a sure answer
	lead              float64        // least lead of a sure answer over the second
}

func measured() knobs {
	return knobs{
		shortest: 2, longest: 4,
		scale: [kinds]float64{aboutAll: 0.5, word: 1, own: 1, pair: 0.3, piece: 1, latin: 1, latinPair: 0.5},
		known: 2, wordShare: 0.2, even: 0.5,
		times: 3, rounds: 8, settled: 4, step: 4, biasStep: 0.2, decay: 1e-4, forget: 0.4,
		sure: 0.5, lead: 0.2,
	}
}

// example is an utterance whose service is known.
type example struct {
	class    int
	share    float64
	features []feature
}

// model weighs features for each class: the score of a class is the softmax of its sum.
type model struct {
	classes int
	ids     map[sightKey]int32
	rarity  []float64
	kinds   []kind
	weights []float64 // by feature, then class
	bias    []float64
}

type sightKey struct {
	kind kind
	name uint64
}

// number gives the features seen often enough their numbers and rarities.
func (m *model) number(seen [][]sight, known int) {
	in := map[sightKey]int{}
	var order []sightKey // numbers must not depend on the order of a map
	for _, sights := range seen {
		once := map[sightKey]bool{}
		for _, s := range sights {
			k := sightKey{s.kind, s.name}
			if once[k] {
				continue
			}
			once[k] = true
			if in[k] == 0 {
				order = append(order, k)
			}
			in[k]++
		}
	}
	m.ids = make(map[sightKey]int32, len(order))
	for _, k := range order {
		if in[k] < known {
			continue
		}
		m.ids[k] = int32(len(m.rarity)) //nolint:gosec // some ten thousand features
		m.kinds = append(m.kinds, k.kind)
		m.rarity = append(m.rarity, math.Log(float64(1+len(seen))/float64(in[k])))
	}
}

// features returns what the model knows of what was seen. Each kind is brought to one length, so
// that a long utterance does not outweigh a short one.
func (m *model) features(sights []sight, k knobs) []feature {
	features := make([]feature, 0, len(sights)+1)
	var square [kinds]float64
	for _, s := range sights {
		id, ok := m.ids[sightKey{s.kind, s.name}]
		if !ok {
			continue
		}
		v := s.size
		if s.kind == piece {
			v *= m.rarity[id]
		}
		square[s.kind] += v * v
		features = append(features, feature{id, v, s.from, s.to})
	}
	for i := range features {
		kind := m.kinds[features[i].id]
		features[i].value *= k.scale[kind] / math.Sqrt(square[kind])
	}
	return features
}

// fit learns the weights from the examples, in an order that is the same every time. What is
// left out of the examples by chance is evened out by learning several times and taking the mean.
func (m *model) fit(examples []example, k knobs) {
	learners := make([]learner, k.times)
	var group sync.WaitGroup
	for i := range learners {
		group.Go(func() {
			l := &learners[i]
			*l = learner{classes: m.classes, knobs: k, dice: rand.New(rand.NewPCG(1, uint64(i)))} //nolint:gosec // only the order of the examples
			l.learn(examples, len(m.rarity))
		})
	}
	group.Wait()
	m.weights, m.bias = make([]float64, len(m.rarity)*m.classes), make([]float64, m.classes)
	for _, l := range learners {
		add(m.weights, l.weightSum, 1/float64(k.times*k.settled))
		add(m.bias, l.biasSum, 1/float64(k.times*k.settled))
	}
}

func add(sum, to []float64, share float64) {
	for i, v := range to {
		sum[i] += v * share
	}
}

// learner goes through the examples many times. The sums are those of its last rounds.
type learner struct {
	classes            int
	knobs              knobs
	dice               *rand.Rand
	weights, bias      []float64
	weightSum, biasSum []float64
}

// learnt is how little an example may be doubted to teach nothing more.
const learnt = 0.02

func (l *learner) learn(examples []example, features int) {
	k := l.knobs
	l.weights, l.weightSum = make([]float64, features*l.classes), make([]float64, features*l.classes)
	l.bias, l.biasSum = make([]float64, l.classes), make([]float64, l.classes)
	score := make([]float64, l.classes)
	var left []feature
	done, steps := 0.0, float64(k.rounds*len(examples))
	for round := range k.rounds {
		for _, i := range l.dice.Perm(len(examples)) {
			x := examples[i]
			done++
			left = left[:0]
			for _, f := range x.features {
				if l.dice.Float64() >= k.forget {
					f.value /= 1 - k.forget
					left = append(left, f)
				}
			}
			shares(left, l.weights, l.bias, score)
			if score[x.class]--; score[x.class] > -learnt {
				continue
			}
			l.move(left, score, k.step*(1-done/steps), x.share)
		}
		if round >= k.rounds-k.settled {
			add(l.weightSum, l.weights, 1)
			add(l.biasSum, l.bias, 1)
		}
	}
}

// move brings the weights nearer to the truth by what the scores were wrong.
func (l *learner) move(features []feature, wrong []float64, step, share float64) {
	for c := range wrong {
		wrong[c] *= step * share
		l.bias[c] -= wrong[c] * l.knobs.biasStep
	}
	for _, f := range features {
		w := l.weights[int(f.id)*l.classes:][:len(wrong)]
		for c := range w {
			w[c] -= wrong[c]*f.value + step*l.knobs.decay*w[c]
		}
	}
}

// score fills in the share of each class.
func (m *model) score(features []feature, score []float64) {
	shares(features, m.weights, m.bias, score)
}

// shares is the softmax of the sums of the weights.
func shares(features []feature, weights, bias, score []float64) {
	copy(score, bias)
	for _, f := range features {
		w := weights[int(f.id)*len(score):][:len(score)]
		for c := range score {
			score[c] += w[c] * f.value
		}
	}
	top := slices.Max(score)
	sum := 0.0
	for c := range score {
		score[c] = math.Exp(score[c] - top)
		sum += score[c]
	}
	for c := range score {
		score[c] /= sum
	}
}
